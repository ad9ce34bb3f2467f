"""Taking in a vendor's credit note."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, models, transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.core.errors import FieldError
from apps.partners.policy.principals import require_same_vendor
from apps.procurement.errors import DuplicateInvoiceError
from apps.procurement.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    Invoice,
    InvoiceLine,
    InvoiceTax,
)
from apps.procurement.money import amount
from apps.procurement.policy.crediting import Credit, CreditDraft, check_credit, reckon_credit
from apps.procurement.policy.deciding import next_invoice_status
from apps.procurement.policy.invoices import normalize_number
from apps.procurement.policy.parties import require_vendor
from apps.procurement.selectors.invoices import credit_note_of
from apps.procurement.services.invoice_acts import (
    Held,
    count_invoiced,
    count_write,
    hold_invoice,
    move,
    record_on_invoice,
)
from apps.procurement.services.matching import compare_invoice
from apps.procurement.services.moot import end_exceptions
from apps.procurement.services.numbers import take_number
from apps.procurement.states import DocumentKind, InvoiceAct, InvoiceStatus

ONCE = "procurement_credit_note_once"
CREDITED = ("credited_exclusive", "credited_total")


@transaction.atomic
def credit_invoice(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: str,
    draft: CreditDraft,
    idempotency_key_sha256: str = "",
) -> CreditNote:
    """The vendor takes back its invoice, or part of it: the order may be invoiced for as much
    again. The invoice is void once nothing is left of it; what is in dispute is compared anew.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    PrincipalMismatchError, InvalidTransitionError, ValidationFailedError, UnitNotAllowedError,
    TotalsMismatchError and DuplicateInvoiceError.
    """
    held = hold_invoice(actor, invoice_id, at)
    session_id, invoice = require_vendor(actor), held.invoice
    require_same_vendor(draft.vendor, invoice.vendor_id)
    next_invoice_status(invoice.status, InvoiceAct.CREDIT_WHOLE)
    lines, taxes = [*invoice.lines.all()], [*invoice.taxes.all()]
    check_credit(draft, today=at.date())
    credit = reckon_credit(draft, lines, taxes, invoice.currency)
    note = _note(invoice, draft, credit, session_id, at)
    _insert_parts(note, credit)
    _count(invoice, credit, at)
    count_invoiced(
        held,
        ((one.row.line_id, -one.quantity, -one.net) for one in credit.lines),
        actor=actor,
        at=at,
        session_id=session_id,
        idempotency_key_sha256=idempotency_key_sha256,
    )
    _insert(note, at)
    told = {
        "credit_note": note.public_id,
        "credit_note_number": note.number,
        "tax_inclusive": amount(note.tax_inclusive, invoice.currency),
        "refundable": amount(note.refundable, invoice.currency),
    }
    record_on_invoice(Action.INVOICE_CREDITED, invoice, actor=actor, at=at, told=told)
    _follow(held, actor, at, session_id)
    return credit_note_of(invoice, note.public_id)


def _follow(held: Held, actor: Actor, at: datetime, session_id: uuid.UUID) -> None:
    """What is in dispute is compared anew; of what is void, nothing is left to decide."""
    if held.invoice.status == InvoiceStatus.EXCEPTION:
        compare_invoice(held, actor=actor, at=at, session_id=session_id)
    if held.invoice.status == InvoiceStatus.VOID:
        end_exceptions(held.invoice, at=at, session_id=session_id)


def _note(
    invoice: Invoice, draft: CreditDraft, credit: Credit, session_id: uuid.UUID, at: datetime
) -> CreditNote:
    return CreditNote(
        invoice=invoice,
        buyer_entity_id=invoice.buyer_entity_id,
        vendor_id=invoice.vendor_id,
        vendor_number=draft.vendor_number,
        normalized_number=normalize_number(draft.vendor_number),
        issue_date=draft.issue_date,
        reason=draft.reason,
        whole=credit.whole,
        invoice_revision=invoice.revision + 1,
        lines_net=credit.lines_net,
        tax_exclusive=credit.tax_exclusive,
        tax_total=credit.tax,
        tax_inclusive=credit.tax_inclusive,
        refundable=credit.tax_inclusive if invoice.paid_at else Decimal(0),
        created_by_session_id=session_id,
        created_at=at,
    )


def _insert(note: CreditNote, at: datetime) -> None:
    """The row, and with it the number that others of the entity wait for."""
    entity = note.invoice.buyer_entity
    try:
        with transaction.atomic():
            note.number = take_number(document=DocumentKind.CREDIT_NOTE, buyer_entity=entity, at=at)
            note.save(force_insert=True)
    except IntegrityError as error:
        if ONCE not in str(error):
            raise
        detail = "You have used this number for another credit note this year."
        fault = FieldError("/vendor_number", "duplicate-invoice", detail)
        raise DuplicateInvoiceError("Use a number of its own.", errors=[fault]) from error


def _insert_parts(note: CreditNote, credit: Credit) -> None:
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(credit_note=note, line=one.row, quantity=one.quantity, net=one.net)
        for one in credit.lines
    )
    CreditNoteTax.objects.bulk_create(
        CreditNoteTax(
            credit_note=note,
            category=one.row.category,
            rate=one.row.rate,
            taxable=one.taxable,
            tax=one.tax,
        )
        for one in credit.taxes
    )


def _count(invoice: Invoice, credit: Credit, at: datetime) -> None:
    """What was credited counts up beside what was claimed; constraints watch over it."""
    for one in credit.lines:
        one.row.quantity_credited += one.quantity
        one.row.amount_credited += one.net
    for refund in credit.taxes:
        refund.row.taxable_credited += refund.taxable
        refund.row.tax_credited += refund.tax
    _update(InvoiceLine, (one.row for one in credit.lines), "quantity_credited", "amount_credited")
    _update(InvoiceTax, (one.row for one in credit.taxes), "taxable_credited", "tax_credited")
    invoice.credited_exclusive += credit.tax_exclusive
    invoice.credited_total += credit.tax_inclusive
    if credit.whole:
        move(invoice, InvoiceAct.CREDIT_WHOLE)
    count_write(invoice, at=at, also=CREDITED)


def _update(model: type[models.Model], rows: Iterable[models.Model], *names: str) -> None:
    model._default_manager.bulk_update(rows, names)  # noqa: SLF001 -- Django's documented name
