"""What the buyer decides on an invoice."""

import uuid
from typing import Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.models import Invoice
from apps.procurement.policy.deciding import require_decider
from apps.procurement.policy.effects import told_of_effect
from apps.procurement.policy.facets import is_fulfilled
from apps.procurement.policy.findings import require_settled
from apps.procurement.policy.holds import require_not_held
from apps.procurement.policy.matching import findings
from apps.procurement.policy.paying import account_to_pay
from apps.procurement.selectors.invoices import accounts_of_vendor, visible_invoice
from apps.procurement.services.comparing import whole_of
from apps.procurement.services.facets import refresh_facets
from apps.procurement.services.invoice_acts import (
    AskedOfInvoice,
    Held,
    begin,
    count_invoiced,
    count_write,
    line_numbers,
    move,
    record_on_invoice,
)
from apps.procurement.services.moot import end_exceptions
from apps.procurement.states import InvoiceAct

PAYMENT = ("paid_by_session", "paid_at", "payment_reference", "paid_to", "paid_total")


@transaction.atomic
def approve_invoice(**asked: Unpack[AskedOfInvoice]) -> Invoice:
    """The claim is right, compared once more, and may be paid. An order that is received and
    invoiced in full, with nothing left to decide on, closes.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    SegregationOfDutiesError, InvalidTransitionError, OrderOnHoldError, and what the precondition
    raises.
    """
    held, session_id = _begin(asked)
    invoice, at, before = held.invoice, asked["at"], held.invoice.status
    move(invoice, InvoiceAct.APPROVE)
    found = findings(whole_of(invoice, held.order, held.lines))
    require_settled(before, invoice.exceptions.all(), found, line_numbers(held))
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
    end_exceptions(invoice, at=at, session_id=session_id)
    count_invoiced(
        held,
        ((row.line_id, -row.quantity_claimed, -row.amount_claimed) for row in invoice.lines.all()),
        actor=asked["actor"],
        at=at,
        session_id=session_id,
        idempotency_key_sha256=asked.get("idempotency_key_sha256", ""),
    )
    record_on_invoice(
        Action.INVOICE_REJECTED,
        invoice,
        actor=asked["actor"],
        at=at,
        told={"reason": reason, **told_of_effect(asked.get("effective_at"))},
    )
    return _told(asked)


@transaction.atomic
def pay_invoice(
    *, reference: str = "", bank_account: str = "", **asked: Unpack[AskedOfInvoice]
) -> Invoice:
    """What is left of the claim is paid; ``reference`` is the payment's own number,
    ``bank_account`` where it went, unless the invoice says so or the vendor has one only.

    Raises what approve_invoice raises, ValidationFailedError for an account that is not to be
    named, and ConflictError when there is none that may be paid to now.
    """
    held, session_id = _begin(asked)
    invoice, at = held.invoice, asked["at"]
    move(invoice, InvoiceAct.PAY)
    require_not_held(held.order)
    invoice.paid_to = account_to_pay(
        accounts_of_vendor(invoice), at=at, invoiced=invoice.bank_account, named=bank_account
    )
    invoice.paid_total = invoice.payable
    invoice.paid_by_session_id, invoice.paid_at = session_id, at
    invoice.payment_reference = reference
    count_write(invoice, at=at, also=PAYMENT)
    _record(Action.INVOICE_PAID, invoice, asked)
    return _told(asked)


def _begin(asked: AskedOfInvoice) -> tuple[Held, uuid.UUID]:
    held = begin(asked)
    return held, require_decider(asked["actor"], held.invoice)


def _record(action: Action, invoice: Invoice, asked: AskedOfInvoice) -> None:
    """Why the buyer approves and pays is its own business."""
    kept = {"reason": asked.get("reason", "")}
    told = told_of_effect(asked.get("effective_at"))
    record_on_invoice(
        action, invoice, actor=asked["actor"], at=asked["at"], told=told, private=kept
    )


def _told(asked: AskedOfInvoice) -> Invoice:
    return visible_invoice(actor=asked["actor"], invoice_id=asked["invoice_id"])
