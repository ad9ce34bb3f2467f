"""What the values of a draft must be. Each check yields the faults it finds, with pointers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal

from apps.core.errors import FieldError, ValidationFailedError
from apps.core.money import UnknownCurrencyError, minor_units
from apps.procurement.money import LIMIT, round_half_up
from apps.procurement.policy.codelists.lists import TAX_CATEGORIES, TAXED
from apps.procurement.policy.costs import FIELD, allocation_faults
from apps.procurement.policy.drafts import (
    AdjustmentDraft,
    Answer,
    LineAnswer,
    LineDraft,
    OrderDraft,
    Tax,
)
from apps.procurement.policy.totals import NAMES, Totals
from apps.procurement.policy.units import check_units

MAX_LINES = 500
MAX_RATE = Decimal(100)


def check_draft(draft: OrderDraft) -> None:
    """Raises ValidationFailedError with every fault, and UnitNotAllowedError."""
    try:
        places = minor_units(draft.currency)
    except UnknownCurrencyError:
        fault = FieldError("/currency", "unknown-currency", "Use a code of ISO 4217, such as EUR.")
        raise ValidationFailedError("The currency is not known.", errors=[fault]) from None
    _refuse([*_order_faults(draft, places)])
    check_units(
        (f"/lines/{place}", line.uom, line.quantity) for place, line in enumerate(draft.lines)
    )


def check_totals(totals: Totals) -> None:
    """Sums that no document may have. Raises ValidationFailedError."""
    faults = []
    for name in NAMES:
        value = getattr(totals, name)
        if value < 0:
            faults.append(FieldError("/lines", "negative-total", f"{name} would be negative."))
        elif value >= LIMIT:
            faults.append(FieldError("/lines", "too-large", f"{name} would be too large."))
    faults += [fault for place, net in enumerate(totals.nets) for fault in _net_faults(place, net)]
    _refuse(faults)


def _net_faults(place: int, net: Decimal) -> Iterator[FieldError]:
    """A line that takes away could be ordered, but never invoiced (policy.invoices)."""
    if net < 0:
        detail = "The line's net would be negative; take it off the whole order instead."
        yield FieldError(f"/lines/{place}", "negative-total", detail)
    elif net >= LIMIT:
        yield FieldError(f"/lines/{place}", "too-large", "The line's net would be too large.")


def check_answer(answer: Answer, *, line_numbers: frozenset[int]) -> None:
    """Raises ValidationFailedError with every fault."""
    faults = [*_numbering_faults(answer.lines)]
    for place, line in enumerate(answer.lines):
        if line.line_no not in line_numbers:
            detail = "The order has no line with this number."
            faults.append(FieldError(f"/lines/{place}/line_no", "not-found", detail))
        if line.promised_quantity is not None and line.promised_quantity < 0:
            detail = "A promised quantity is not negative."
            faults.append(FieldError(f"/lines/{place}/promised_quantity", "negative", detail))
        if line.promised_price is not None and line.promised_price < 0:
            detail = "A promised price is not negative."
            faults.append(FieldError(f"/lines/{place}/promised_price", "negative", detail))
    _refuse(faults)


def _refuse(faults: list[FieldError]) -> None:
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)


def _order_faults(draft: OrderDraft, places: int) -> Iterator[FieldError]:
    if not 1 <= len(draft.lines) <= MAX_LINES:
        yield FieldError("/lines", "line-count", f"An order has 1 to {MAX_LINES} lines.")
    yield from _numbering_faults(draft.lines)
    for place, line in enumerate(draft.lines):
        yield from _line_faults(line, f"/lines/{place}", places)
    for name in ("allowances", "charges"):
        yield from _adjustment_faults(getattr(draft, name), f"/{name}", places)


def _numbering_faults(lines: Iterable[LineDraft | LineAnswer]) -> Iterator[FieldError]:
    seen: Counter[int] = Counter()
    for place, line in enumerate(lines):
        seen[line.line_no] += 1
        if line.line_no < 1:
            yield FieldError(f"/lines/{place}/line_no", "not-positive", "Lines count from 1.")
        elif seen[line.line_no] > 1:
            yield FieldError(f"/lines/{place}/line_no", "duplicate", "The number is taken.")


def _line_faults(line: LineDraft, pointer: str, places: int) -> Iterator[FieldError]:
    if line.quantity <= 0:
        yield FieldError(f"{pointer}/quantity", "not-positive", "Order more than nothing.")
    if line.price_base_quantity <= 0:
        detail = "A price is for more than nothing."
        yield FieldError(f"{pointer}/price_base_quantity", "not-positive", detail)
    if line.unit_price < 0:
        yield FieldError(f"{pointer}/unit_price", "negative", "A price is not negative.")
    yield from _tax_faults(line.tax, f"{pointer}/tax")
    for name in ("allowances", "charges"):
        yield from _adjustment_faults(getattr(line, name), f"{pointer}/{name}", places)
    yield from allocation_faults(line.cost_allocations or (), f"{pointer}/{FIELD}")


def _adjustment_faults(
    adjustments: Iterable[AdjustmentDraft], pointer: str, places: int
) -> Iterator[FieldError]:
    for place, adjustment in enumerate(adjustments):
        here = f"{pointer}/{place}"
        if adjustment.amount < 0:
            yield FieldError(f"{here}/amount", "negative", "An amount here is not negative.")
        if adjustment.amount != round_half_up(adjustment.amount, places):
            detail = f"The currency has {places} decimals."
            yield FieldError(f"{here}/amount", "too-precise", detail)
        if adjustment.tax is not None:
            yield from _tax_faults(adjustment.tax, f"{here}/tax")


def _tax_faults(tax: Tax, pointer: str) -> Iterator[FieldError]:
    if tax.category not in TAX_CATEGORIES:
        detail = f"Use one of {', '.join(sorted(TAX_CATEGORIES))}."
        yield FieldError(f"{pointer}/category", "unknown-tax-category", detail)
    elif tax.category not in TAXED and tax.rate != 0:
        yield FieldError(f"{pointer}/rate", "not-taxed", "This category is taxed at 0.")
    if not 0 <= tax.rate <= MAX_RATE:
        detail = "A rate is a percentage between 0 and 100."
        yield FieldError(f"{pointer}/rate", "out-of-range", detail)
