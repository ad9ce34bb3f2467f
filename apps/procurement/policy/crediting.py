"""What a credit note may take back of its invoice, and what that comes to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from apps.core.errors import FieldError, ValidationFailedError
from apps.core.money import minor_units
from apps.procurement.errors import TotalsMismatchError
from apps.procurement.models import InvoiceLine, InvoiceTax
from apps.procurement.money import EXACT, amount, plain, round_half_up
from apps.procurement.policy.invoices import number_faults
from apps.procurement.policy.issue_dates import issue_date_faults
from apps.procurement.policy.numbering import numbering_faults
from apps.procurement.policy.totals import PERCENT
from apps.procurement.policy.units import check_units

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class CreditedLine:
    """Pieces, money, or both. Without ``net``, the pieces' share of what is left of the line."""

    line_no: int
    quantity: Decimal
    net: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class CreditDraft:
    """A credit note as it is posted. No lines stand for all that is left of the invoice;
    ``vendor`` may repeat whose it is.
    """

    vendor_number: str
    issue_date: date
    reason: str
    lines: Sequence[CreditedLine] = ()
    totals: Mapping[str, Decimal] | None = None
    vendor: str = ""


@dataclass(frozen=True)
class LineCredit:
    row: InvoiceLine
    quantity: Decimal
    net: Decimal


@dataclass(frozen=True)
class TaxCredit:
    row: InvoiceTax
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What is taken back. ``whole`` says that nothing is left of the invoice afterwards."""

    lines: tuple[LineCredit, ...]
    taxes: tuple[TaxCredit, ...]
    lines_net: Decimal
    tax_exclusive: Decimal
    tax: Decimal
    whole: bool

    @property
    def tax_inclusive(self) -> Decimal:
        return self.tax_exclusive + self.tax


def check_credit(draft: CreditDraft, *, today: date) -> None:
    """What can be said without the invoice. Raises ValidationFailedError."""
    faults = [*number_faults(draft.vendor_number), *issue_date_faults(draft.issue_date, today)]
    _refuse(faults)


def reckon_credit(
    draft: CreditDraft, lines: Sequence[InvoiceLine], taxes: Sequence[InvoiceTax], currency: str
) -> Credit:
    """``lines`` and ``taxes`` are the invoice's, with what was credited before. Raises
    ValidationFailedError, UnitNotAllowedError and TotalsMismatchError.
    """
    credit = (
        _partly(draft.lines, lines, taxes, currency) if draft.lines else _all_left(lines, taxes)
    )
    _compare(draft, credit, currency)
    return credit


def _all_left(lines: Iterable[InvoiceLine], taxes: Iterable[InvoiceTax]) -> Credit:
    return _summed(
        [
            LineCredit(row, row.quantity_claimed, row.amount_claimed)
            for row in lines
            if row.quantity_claimed or row.amount_claimed
        ],
        [
            TaxCredit(row, row.taxable - row.taxable_credited, row.tax - row.tax_credited)
            for row in taxes
        ],
        whole=True,
    )


def _partly(
    said: Sequence[CreditedLine],
    lines: Sequence[InvoiceLine],
    taxes: Sequence[InvoiceTax],
    currency: str,
) -> Credit:
    rows = {row.line.line_no: row for row in lines}
    _refuse([*numbering_faults((line.line_no for line in said), rows)])
    places = minor_units(currency)
    _refuse(
        [
            fault
            for place, line in enumerate(said)
            for fault in _line_faults(line, rows[line.line_no], f"/lines/{place}", places)
        ]
    )
    check_units(
        (f"/lines/{place}", rows[line.line_no].line.uom, line.quantity)
        for place, line in enumerate(said)
    )
    credited = [_line_credit(line, rows[line.line_no], places) for line in said]
    refunded = _tax_credits(credited, taxes, places)
    return _summed(credited, refunded, whole=_exhausts(credited, refunded, lines, taxes))


def _line_faults(
    line: CreditedLine, row: InvoiceLine, pointer: str, places: int
) -> Iterator[FieldError]:
    """At most what is left, something, and with pieces no less than they cost."""
    if not line.quantity and not line.net:
        yield FieldError(pointer, "nothing-credited", "Credit pieces, money, or both.")
    elif not 0 <= line.quantity <= row.quantity_claimed:
        detail = f"Of this line, {plain(row.quantity_claimed)} is left to credit."
        yield FieldError(f"{pointer}/quantity", "too-much", detail)
    elif line.net is not None:
        yield from _net_faults(line.net, line.quantity, row, f"{pointer}/net", places)


def _net_faults(
    net: Decimal, quantity: Decimal, row: InvoiceLine, pointer: str, places: int
) -> Iterator[FieldError]:
    least = pieces_share(row, quantity, places)
    if not 0 <= net <= row.amount_claimed:
        detail = f"Of this line, {plain(row.amount_claimed, places=places)} is left to credit."
        yield FieldError(pointer, "too-much", detail)
    elif net != round_half_up(net, places):
        yield FieldError(pointer, "too-precise", f"The currency has {places} decimals.")
    elif net < least:
        detail = f"So many pieces take {plain(least, places=places)} with them at least."
        yield FieldError(pointer, "too-little", detail)


def pieces_share(row: InvoiceLine, quantity: Decimal, places: int) -> Decimal:
    """What so many pieces take with them, for what stays to cost no more apiece than it did: by
    what is left of the money, and never more than was invoiced for as many. The last piece takes
    all of it.

    Pieces that were freed may be invoiced again, so money kept for them would be paid twice.
    """
    left = row.quantity_claimed - quantity
    if not quantity:
        return ZERO
    with localcontext(EXACT):
        stays = round_half_up(row.amount_claimed * left / row.quantity_claimed, places)
        as_invoiced = round_half_up(row.net * left / row.quantity, places)
    return max(row.amount_claimed - min(stays, as_invoiced), ZERO)


def _line_credit(line: CreditedLine, row: InvoiceLine, places: int) -> LineCredit:
    if line.net is None:
        return LineCredit(row, line.quantity, pieces_share(row, line.quantity, places))
    return LineCredit(row, line.quantity, line.net)


def _tax_credits(
    credited: Iterable[LineCredit], taxes: Iterable[InvoiceTax], places: int
) -> list[TaxCredit]:
    """Per category and rate, halves up, and never more than is left: with the last of what is
    taxed goes the last of the tax.
    """
    taxable: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for one in credited:
        taxable[one.row.tax_category, one.row.tax_rate] += one.net
    found = []
    for row in taxes:
        here = taxable.get((row.category, row.rate))
        if here is None:
            continue
        left, tax_left = row.taxable - row.taxable_credited, row.tax - row.tax_credited
        if here > left:
            detail = "More would be credited than is left at one tax rate. Credit the whole."
            _refuse([FieldError("/lines", "too-much", detail)])
        with localcontext(EXACT):
            tax = round_half_up(here * row.rate / PERCENT, places)
        found.append(TaxCredit(row, here, tax_left if here == left else min(tax, tax_left)))
    return found


def _exhausts(
    credited: Iterable[LineCredit],
    refunded: Iterable[TaxCredit],
    lines: Iterable[InvoiceLine],
    taxes: Iterable[InvoiceTax],
) -> bool:
    by_line = {one.row.pk: (one.quantity, one.net) for one in credited}
    by_tax = {one.row.pk: (one.taxable, one.tax) for one in refunded}
    nothing = (ZERO, ZERO)
    return all(
        by_line.get(row.pk, nothing) == (row.quantity_claimed, row.amount_claimed) for row in lines
    ) and all(
        by_tax.get(row.pk, nothing)
        == (row.taxable - row.taxable_credited, row.tax - row.tax_credited)
        for row in taxes
    )


def _summed(lines: Iterable[LineCredit], taxes: Iterable[TaxCredit], *, whole: bool) -> Credit:
    kept, refunded = tuple(lines), tuple(taxes)
    return Credit(
        lines=kept,
        taxes=refunded,
        lines_net=sum((one.net for one in kept), ZERO),
        tax_exclusive=sum((one.taxable for one in refunded), ZERO),
        tax=sum((one.tax for one in refunded), ZERO),
        whole=whole,
    )


def _compare(draft: CreditDraft, credit: Credit, currency: str) -> None:
    """Raises TotalsMismatchError."""
    wrong = [
        FieldError(
            f"/totals/{name}",
            "totals-mismatch",
            f"The lines give {amount(getattr(credit, name), currency)}.",
        )
        for name, claimed in (draft.totals or {}).items()
        if claimed != getattr(credit, name)
    ]
    if wrong:
        raise TotalsMismatchError("Reckon again, or leave the totals out.", errors=wrong)


def _refuse(faults: list[FieldError]) -> None:
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)
