"""What an invoice may say, before it is compared with anything but its order's lines."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.errors import TotalsMismatchError
from apps.procurement.models import PurchaseOrderLine
from apps.procurement.money import amount
from apps.procurement.policy.checks import check_draft, check_totals
from apps.procurement.policy.drafts import AdjustmentDraft, LineDraft, OrderDraft, Tax
from apps.procurement.policy.issue_dates import issue_date_faults
from apps.procurement.policy.numbering import numbering_faults
from apps.procurement.policy.totals import Totals, compare_totals, order_totals

MAX_NUMBER = 240  # Some signs unfold into many letters.


@dataclass(frozen=True, kw_only=True)
class InvoicedLine:
    """How much of an order's line is claimed. ``net`` is what the vendor reckons, and is only
    compared; the price is for the order's base quantity unless it names another.
    """

    line_no: int
    quantity: Decimal
    unit_price: Decimal
    tax: Tax
    net: Decimal | None = None
    price_base_quantity: Decimal | None = None
    allowances: tuple[AdjustmentDraft, ...] = ()
    charges: tuple[AdjustmentDraft, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InvoiceDraft:
    """An invoice as it is posted. Order and bank account by their public ids; ``vendor`` and
    ``currency`` may repeat what is known already; ``totals`` are only compared.
    """

    purchase_order: str
    vendor_number: str
    document_type: str
    issue_date: date
    lines: Sequence[InvoicedLine]
    due_date: date | None = None
    vendor: str = ""
    currency: str = ""
    note: str = ""
    bank_account: str = ""
    allowances: tuple[AdjustmentDraft, ...] = ()
    charges: tuple[AdjustmentDraft, ...] = ()
    totals: Mapping[str, Decimal] | None = None


def normalize_number(number: str) -> str:
    """What makes two numbers the same (reference 2d no. 8): letters and digits, whatever their
    case and form, without spaces and signs. `INV-001` and `inv 001` are one number, `INV-1` is
    another.
    """
    unfolded = unicodedata.normalize("NFKC", number).casefold()
    return "".join(sign for sign in unfolded if sign.isalnum())


def number_faults(number: str) -> Iterator[FieldError]:
    """A vendor's number can be told from others."""
    if not 0 < len(normalize_number(number)) <= MAX_NUMBER:
        detail = "A number has letters or digits, and not very many."
        yield FieldError("/vendor_number", "unusable", detail)


def check_shape(
    draft: InvoiceDraft, lines: Mapping[int, PurchaseOrderLine], *, today: date
) -> None:
    """What can be said without reckoning. ``lines`` are the order's, by number. Raises
    ValidationFailedError.
    """
    faults = [*number_faults(draft.vendor_number), *issue_date_faults(draft.issue_date, today)]
    faults += numbering_faults((line.line_no for line in draft.lines), lines)
    if draft.due_date is not None and draft.due_date < draft.issue_date:
        detail = "An invoice is not due before it is issued."
        faults.append(FieldError("/due_date", "too-early", detail))
    faults += [
        FieldError(f"/lines/{place}/quantity", "not-positive", "Invoice more than nothing.")
        for place, line in enumerate(draft.lines)
        if line.quantity <= 0
    ]
    _refuse(faults)


def reckon_invoice(
    draft: InvoiceDraft, lines: Mapping[int, PurchaseOrderLine], currency: str
) -> Totals:
    """The sums of an acceptable invoice: line nets by Peppol's rule, tax once per category and
    rate, halves up (reference 2a, 2d no. 1).

    Raises ValidationFailedError, UnitNotAllowedError and TotalsMismatchError.
    """
    claimed = _as_order(draft, lines, currency)
    check_draft(claimed)
    totals = order_totals(claimed)
    check_totals(totals)
    _refuse([*_negative_faults(totals)])
    _compare_nets(draft, totals, currency)
    compare_totals(claimed, totals)
    return totals


def base_quantity(line: InvoicedLine, ordered: PurchaseOrderLine) -> Decimal:
    """How much the claimed price is for."""
    given = line.price_base_quantity
    return ordered.price_base_quantity if given is None else given


def _as_order(
    draft: InvoiceDraft, lines: Mapping[int, PurchaseOrderLine], currency: str
) -> OrderDraft:
    """An invoice is reckoned as an order that says the same."""
    return OrderDraft(
        project="",
        vendor="",
        currency=currency,
        lines=tuple(
            LineDraft(
                line_no=line.line_no,
                description="",
                quantity=line.quantity,
                uom=lines[line.line_no].uom,
                unit_price=line.unit_price,
                price_base_quantity=base_quantity(line, lines[line.line_no]),
                tax=line.tax,
                allowances=line.allowances,
                charges=line.charges,
            )
            for line in draft.lines
        ),
        allowances=draft.allowances,
        charges=draft.charges,
        totals=draft.totals,
    )


def _negative_faults(totals: Totals) -> Iterator[FieldError]:
    """An invoice claims; what is owed the other way is credited."""
    for place, net in enumerate(totals.nets):
        if net < 0:
            detail = "The line's net would be negative. Credit instead."
            yield FieldError(f"/lines/{place}", "negative-total", detail)
    if any(subtotal.taxable < 0 for subtotal in totals.by_tax):
        detail = "More is taken off at one tax rate than there is."
        yield FieldError("/allowances", "negative-total", detail)


def _compare_nets(draft: InvoiceDraft, totals: Totals, currency: str) -> None:
    """Peppol's PEPPOL-EN16931-R120, for orders R024. Raises TotalsMismatchError."""
    wrong = [
        FieldError(
            f"/lines/{place}/net",
            "totals-mismatch",
            f"Quantity and price give {amount(net, currency)}.",
        )
        for place, (line, net) in enumerate(zip(draft.lines, totals.nets, strict=True))
        if line.net is not None and line.net != net
    ]
    if wrong:
        raise TotalsMismatchError("Reckon again, or leave the nets out.", errors=wrong)


def _refuse(faults: list[FieldError]) -> None:
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)
