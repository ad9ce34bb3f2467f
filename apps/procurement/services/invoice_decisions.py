"""What the buyer decides on an invoice."""

import uuid
from typing import Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.models import Invoice
from apps.procurement.policy.deciding import require_decider, require_payable, require_settled
from apps.procurement.policy.facets import is_fulfilled
from apps.procurement.policy.holds import require_not_held
from apps.procurement.selectors.invoices import visible_invoice
from apps.procurement.services.facets import refresh_facets
from apps.procurement.services.invoice_acts import (
    AskedOfInvoice,
    Held,
    begin,
    count_invoiced,
    count_write,
    move,
    record_on_invoice,
)
from apps.procurement.states import InvoiceAct


@transaction.atomic
def approve_invoice(**asked: Unpack[AskedOfInvoice]) -> Invoice:
    """The claim is right and may be paid. An order that is received and invoiced in full, with
    nothing left to decide on, closes.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, SegregationOfDutiesError,
    InvalidTransitionError, OrderOnHoldError, and what the precondition raises.
    """
    held, session_id = _begin(asked)
    invoice, at = held.invoice, asked["at"]
    move(invoice, InvoiceAct.APPROVE)
    require_settled(invoice.exceptions.all())
    require_not_held(held.order)
    invoice.approved_by_session_id, invoice.approved_at = session_id, at
    count_write(invoice, at=at, also=["approved_by_session", "approved_at"])
    _record(Action.INVOICE_APPROVED, invoice, asked)
    if is_fulfilled(held.standing):
        refresh_facets(
            order=held.order,
            lines=held.standing,
            actor=asked["actor"],
            at=at,
            session_id=session_id,
            idempotency_key_sha256=asked.get("idempotency_key_sha256", ""),
        )
    return _told(asked)


@transaction.atomic
def reject_invoice(**asked: Unpack[AskedOfInvoice]) -> Invoice:
    """The claim is turned down, for a reason that the vendor is told. As much may be invoiced
    anew, with another number. Raises what approve_invoice raises, OrderOnHoldError apart, and
    ValidationFailedError.
    """
    held, session_id = _begin(asked)
    invoice, at, reason = held.invoice, asked["at"], asked.get("reason", "").strip()
    move(invoice, InvoiceAct.REJECT)
    if not reason:
        fault = FieldError("/reason", "required", "Tell the vendor why.")
        raise ValidationFailedError("A rejection has a reason.", errors=[fault])
    invoice.rejected_by_session_id, invoice.rejected_at = session_id, at
    invoice.rejection_reason = reason
    columns = ("rejected_by_session", "rejected_at", "rejection_reason")
    count_write(invoice, at=at, also=columns)
    count_invoiced(
        held,
        ((row.line_id, -row.quantity_claimed, -row.amount_claimed) for row in invoice.lines.all()),
        actor=asked["actor"],
        at=at,
        session_id=session_id,
        idempotency_key_sha256=asked.get("idempotency_key_sha256", ""),
    )
    _record(Action.INVOICE_REJECTED, invoice, asked)
    return _told(asked)


@transaction.atomic
def pay_invoice(*, reference: str = "", **asked: Unpack[AskedOfInvoice]) -> Invoice:
    """The claim is paid; ``reference`` is the payment's own number.

    Raises what approve_invoice raises, and ConflictError when the invoice names a bank account
    that may not be paid to now.
    """
    held, session_id = _begin(asked)
    invoice, at = held.invoice, asked["at"]
    move(invoice, InvoiceAct.PAY)
    require_not_held(held.order)
    require_payable(invoice.bank_account, at)
    invoice.paid_by_session_id, invoice.paid_at = session_id, at
    invoice.payment_reference = reference
    count_write(invoice, at=at, also=["paid_by_session", "paid_at", "payment_reference"])
    _record(Action.INVOICE_PAID, invoice, asked)
    return _told(asked)


def _begin(asked: AskedOfInvoice) -> tuple[Held, uuid.UUID]:
    held = begin(asked)
    return held, require_decider(asked["actor"], held.invoice)


def _record(action: Action, invoice: Invoice, asked: AskedOfInvoice) -> None:
    told = {"reason": asked.get("reason", "")}
    record_on_invoice(action, invoice, actor=asked["actor"], at=asked["at"], told=told)


def _told(asked: AskedOfInvoice) -> Invoice:
    return visible_invoice(actor=asked["actor"], invoice_id=asked["invoice_id"])
