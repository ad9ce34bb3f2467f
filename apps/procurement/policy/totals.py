"""An order's sums, by Peppol's rules: exact decimals, half-up, tax per category and rate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from apps.core.errors import FieldError
from apps.core.money import minor_units
from apps.procurement.errors import TotalsMismatchError
from apps.procurement.money import EXACT, amount, round_half_up
from apps.procurement.policy.drafts import AdjustmentDraft, LineDraft, OrderDraft, Tax

ZERO = Decimal(0)
PERCENT = Decimal(100)


@dataclass(frozen=True)
class TaxSubtotal:
    tax: Tax
    taxable: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums of an order, in its currency's minor unit. ``nets`` are the lines', in their order."""

    nets: tuple[Decimal, ...]
    lines_net: Decimal
    allowances: Decimal
    charges: Decimal
    tax_exclusive: Decimal
    tax: Decimal
    tax_inclusive: Decimal
    by_tax: tuple[TaxSubtotal, ...]


NAMES = ("lines_net", "allowances", "charges", "tax_exclusive", "tax", "tax_inclusive")


def _sum(adjustments: Iterable[AdjustmentDraft]) -> Decimal:
    return sum((adjustment.amount for adjustment in adjustments), ZERO)


def gross(quantity: Decimal, unit_price: Decimal, price_base_quantity: Decimal) -> Decimal:
    """Quantity times price per base quantity, divided last and not rounded."""
    with localcontext(EXACT):
        return quantity * unit_price / price_base_quantity


def line_net(line: LineDraft, currency: str) -> Decimal:
    """Quantity times price per base quantity, rounded, less allowances, plus charges."""
    whole = gross(line.quantity, line.unit_price, line.price_base_quantity)
    with localcontext(EXACT):
        rounded = round_half_up(whole, minor_units(currency))
        return rounded - _sum(line.allowances) + _sum(line.charges)


def _taxable(draft: OrderDraft, nets: Iterable[Decimal]) -> dict[Tax, Decimal]:
    taxable: dict[Tax, Decimal] = defaultdict(Decimal)
    for line, net in zip(draft.lines, nets, strict=True):
        taxable[line.tax] += net
    for sign, adjustments in ((-1, draft.allowances), (1, draft.charges)):
        for adjustment in adjustments:
            if adjustment.tax is not None:
                taxable[adjustment.tax] += sign * adjustment.amount
    return taxable


def _subtotals(draft: OrderDraft, nets: Iterable[Decimal]) -> tuple[TaxSubtotal, ...]:
    places = minor_units(draft.currency)
    return tuple(
        TaxSubtotal(tax, taxable, round_half_up(taxable * tax.rate / PERCENT, places))
        for tax, taxable in sorted(
            _taxable(draft, nets).items(), key=lambda item: (item[0].category, item[0].rate)
        )
    )


def order_totals(draft: OrderDraft) -> Totals:
    """Raises UnknownCurrencyError. The tax of an order is an estimate; an invoice claims it."""
    with localcontext(EXACT):
        nets = tuple(line_net(line, draft.currency) for line in draft.lines)
        allowances, charges = _sum(draft.allowances), _sum(draft.charges)
        by_tax = _subtotals(draft, nets)
        tax = sum((subtotal.amount for subtotal in by_tax), ZERO)
        tax_exclusive = sum(nets, ZERO) - allowances + charges
        return Totals(
            nets=nets,
            lines_net=sum(nets, ZERO),
            allowances=allowances,
            charges=charges,
            tax_exclusive=tax_exclusive,
            tax=tax,
            tax_inclusive=tax_exclusive + tax,
            by_tax=by_tax,
        )


def compare_totals(draft: OrderDraft, totals: Totals) -> None:
    """What the client reckons must be what follows from its lines. Raises TotalsMismatchError."""
    wrong = [
        FieldError(
            f"/totals/{name}",
            "totals-mismatch",
            f"The lines give {amount(getattr(totals, name), draft.currency)}.",
        )
        for name, claimed in (draft.totals or {}).items()
        if claimed != getattr(totals, name)
    ]
    if wrong:
        raise TotalsMismatchError("Reckon again, or leave the totals out.", errors=wrong)
