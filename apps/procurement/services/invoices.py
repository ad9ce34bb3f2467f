"""Taking in a vendor's invoice."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.core.errors import FieldError, ValidationFailedError
from apps.gateway.services import named_anothers
from apps.partners.models import AccountStatus, PartnerBankAccount
from apps.partners.policy.principals import require_same_vendor
from apps.partners.selectors.banking import account_of_another
from apps.procurement.errors import CurrencyMismatchError, DuplicateInvoiceError
from apps.procurement.models import (
    Invoice,
    InvoiceLine,
    InvoiceTax,
    PurchaseOrder,
    PurchaseOrderLine,
)
from apps.procurement.money import plain
from apps.procurement.policy.drafts import AdjustmentDraft
from apps.procurement.policy.granting import require_entry_valid
from apps.procurement.policy.invoices import (
    InvoiceDraft,
    base_quantity,
    check_shape,
    normalize_number,
    reckon_invoice,
)
from apps.procurement.policy.over_invoicing import check_amounts, check_cap
from apps.procurement.policy.parties import require_vendor
from apps.procurement.policy.running import require_running
from apps.procurement.policy.totals import Totals
from apps.procurement.selectors.invoices import account_of_vendor, visible_invoice
from apps.procurement.selectors.lines import locked_lines
from apps.procurement.selectors.orders import visible_order
from apps.procurement.selectors.tolerances import tolerances_of
from apps.procurement.services.facets import refresh_facets
from apps.procurement.services.invoice_acts import Held, count_on_lines, record_on_invoice
from apps.procurement.services.lookalikes import wait_for_lookalikes
from apps.procurement.services.matching import compare_invoice
from apps.procurement.services.numbers import take_number
from apps.procurement.states import DocumentKind

ONCE = "procurement_invoice_once"


@transaction.atomic
def submit_invoice(
    *, actor: Actor, at: datetime, draft: InvoiceDraft, idempotency_key_sha256: str = ""
) -> Invoice:
    """What the vendor claims for its order, taken in and matched at once.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    PrincipalMismatchError, CurrencyMismatchError, InvalidTransitionError, OrderOnHoldError,
    ValidationFailedError, OverInvoiceError, UnitNotAllowedError, TotalsMismatchError and
    DuplicateInvoiceError.
    """
    order = visible_order(actor=actor, order_id=draft.purchase_order, lock=True, parts=False)
    require_entry_valid(actor, order.project_id, at)
    session_id = require_vendor(actor)
    _require_same(order, draft)
    require_running(order, what="invoiced")
    lines = locked_lines(order)
    by_number = {line.line_no: line for line in lines}
    check_shape(draft, by_number, today=at.date())
    check_cap(draft.lines, by_number, tolerances_of(order))
    totals = reckon_invoice(draft, by_number, order.currency)
    check_amounts(draft.lines, totals.nets, by_number)
    taken = _Taken(order, draft, totals, _account(order, draft.bank_account, at), session_id)
    wait_for_lookalikes(order)
    held = _keep(taken, lines, at)
    refresh_facets(
        order=order,
        lines=held.standing,
        actor=actor,
        at=at,
        session_id=session_id,
        idempotency_key_sha256=idempotency_key_sha256,
    )
    told = {"vendor_number": held.invoice.vendor_number, "order_revision": order.revision}
    record_on_invoice(Action.INVOICE_RECEIVED, held.invoice, actor=actor, at=at, told=told)
    compare_invoice(held, actor=actor, at=at, session_id=session_id)
    return visible_invoice(actor=actor, invoice_id=held.invoice.public_id)


@dataclass(frozen=True)
class _Taken:
    """An invoice that may be taken in."""

    order: PurchaseOrder
    draft: InvoiceDraft
    totals: Totals
    account: PartnerBankAccount | None
    session_id: uuid.UUID


def _require_same(order: PurchaseOrder, draft: InvoiceDraft) -> None:
    """Invariant 2d.4, and reference 3e: what is known already may be repeated, not changed."""
    require_same_vendor(draft.vendor, order.vendor_id)
    if draft.currency not in {"", order.currency}:
        detail = f"The order is in {order.currency}."
        fault = FieldError("/currency", "currency-mismatch", detail)
        extra = {"currency": order.currency}
        raise CurrencyMismatchError("Invoice in the order's currency.", errors=[fault], extra=extra)


def _account(order: PurchaseOrder, account_id: str, at: datetime) -> PartnerBankAccount | None:
    """Invariant 2d.10. Raises ValidationFailedError."""
    if not account_id:
        return None
    account = account_of_vendor(order, account_id)
    if account is None or account.status_at(at) != AccountStatus.VERIFIED:
        detail = "You have no such account that may be paid to now."
        fault = FieldError("/bank_account", "not-payable", detail)
        foreign = account is None and account_of_another(order.vendor_id, account_id)
        raise ValidationFailedError(
            "The bank account cannot be used.",
            errors=[fault],
            private=named_anothers({"/bank_account": account_id}) if foreign else {},
        )
    return account


def _keep(taken: _Taken, lines: list[PurchaseOrderLine], at: datetime) -> Held:
    """The lines and what they count come first, for with the row comes the number that others of
    the entity wait for.
    """
    held = Held(_invoice(taken, at), taken.order, lines)
    rows = _insert_lines(held, taken)
    count_on_lines(held, ((row.line_id, row.quantity, row.net) for row in rows))
    _insert(held, at)
    return held


def _invoice(taken: _Taken, at: datetime) -> Invoice:
    order, draft, totals = taken.order, taken.draft, taken.totals
    return Invoice(
        order=order,
        buyer_entity_id=order.buyer_entity_id,
        project_id=order.project_id,
        vendor_id=order.vendor_id,
        vendor_number=draft.vendor_number,
        normalized_number=normalize_number(draft.vendor_number),
        document_type=draft.document_type,
        order_revision=order.revision + 1,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        currency=order.currency,
        note=draft.note,
        bank_account=taken.account,
        allowances=_documents(draft.allowances),
        charges=_documents(draft.charges),
        lines_net=totals.lines_net,
        allowances_total=totals.allowances,
        charges_total=totals.charges,
        tax_exclusive=totals.tax_exclusive,
        tax_total=totals.tax,
        tax_inclusive=totals.tax_inclusive,
        created_by_session_id=taken.session_id,
        created_at=at,
        updated_at=at,
    )


def _insert(held: Held, at: datetime) -> None:
    """The row. The database tells whether the number was used, whoever sends it at the same
    moment; the invoice's own number is taken with it and given back with it.
    """
    invoice, entity = held.invoice, held.order.buyer_entity
    try:
        with transaction.atomic():
            invoice.number = take_number(document=DocumentKind.INVOICE, buyer_entity=entity, at=at)
            invoice.save(force_insert=True)
    except IntegrityError as error:
        if ONCE not in str(error):
            raise
        detail = "You have used this number for another document this year."
        fault = FieldError("/vendor_number", "duplicate-invoice", detail)
        raise DuplicateInvoiceError("Use a number of its own.", errors=[fault]) from error


def _insert_lines(held: Held, taken: _Taken) -> list[InvoiceLine]:
    """Lines and taxes, by one statement each."""
    rows = {line.line_no: line for line in held.lines}
    totals, invoice = taken.totals, held.invoice
    InvoiceTax.objects.bulk_create(
        InvoiceTax(
            invoice=invoice,
            category=subtotal.tax.category,
            rate=subtotal.tax.rate,
            taxable=subtotal.taxable,
            tax=subtotal.amount,
        )
        for subtotal in totals.by_tax
    )
    return InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            line=rows[line.line_no],
            quantity=line.quantity,
            unit_price=line.unit_price,
            price_base_quantity=base_quantity(line, rows[line.line_no]),
            allowances=_documents(line.allowances),
            charges=_documents(line.charges),
            tax_category=line.tax.category,
            tax_rate=line.tax.rate,
            net=net,
        )
        for line, net in zip(taken.draft.lines, totals.nets, strict=True)
    )


def _documents(adjustments: Iterable[AdjustmentDraft]) -> list[dict[str, Any]]:
    """What is taken off or added, as JSON: shown, and never reckoned with again."""
    return [
        {
            "reason": one.reason,
            "amount": plain(one.amount),
            **(
                {"tax": {"category": one.tax.category, "rate": plain(one.tax.rate)}}
                if one.tax
                else {}
            ),
        }
        for one in adjustments
    ]
