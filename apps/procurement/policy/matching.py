"""The three-way match: an invoice against its order, what was accepted, and other invoices.

Each rule yields what it finds. What is found is not refused but decided on by somebody who may
(ADR 0014); what may never be invoiced was refused before, by policy.over_invoicing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.core.money import minor_units
from apps.procurement.models import PurchaseOrderLine, Tolerance
from apps.procurement.money import amount, plain, round_half_up
from apps.procurement.policy.adjusting import (
    actual_adjustments,
    expected_adjustments,
    misplaced,
    uncovered_charges,
    withheld_allowances,
)
from apps.procurement.policy.agreed_prices import allowed_net
from apps.procurement.policy.claims import Claim, Whole, claim_as_agreed, whole_as_agreed
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.tolerances import with_tolerance
from apps.procurement.states import ExceptionKind, ExceptionPart, OrderStatus

ZERO = Decimal(0)
ENDED = frozenset({OrderStatus.CLOSED, OrderStatus.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """``expected`` is what was agreed, which the vendor is told; ``allowed``, for the buyer, what a
    tolerance lets pass beyond it. ``line_id`` is None where it concerns the whole.
    """

    kind: ExceptionKind
    expected: str
    actual: str
    part: ExceptionPart = ExceptionPart.LINE
    allowed: str = ""
    line_id: int | None = None


def findings(whole: Whole) -> list[Finding]:
    """Everything in which the invoice does not match."""
    currency = whole.order.currency
    found = [
        difference
        for claim in whole.claims
        if claim.quantity or claim.net
        for difference in (
            *quantity_difference(claim),
            *price_difference(claim, currency),
            *tax_difference(claim),
        )
    ]
    return [
        *found,
        *total_difference(whole),
        *adjustment_difference(whole),
        *closed_order(whole),
        *lookalike(whole),
    ]


def invoiceable(line: PurchaseOrderLine, tolerance: Tolerance) -> Decimal:
    """Three-way: what was received and accepted. Two-way: what was ordered (2d no. 3)."""
    return line.quantity if tolerance.two_way else line.quantity_accepted


def quantity_difference(claim: Claim) -> Iterator[Finding]:
    """Invoiced before and now, at most what is invoiceable (2d no. 3)."""
    allowed = invoiceable(claim.line, claim.tolerance)
    if claim.before + claim.quantity > allowed:
        yield Finding(
            kind=ExceptionKind.QUANTITY,
            expected=plain(max(allowed - claim.before, ZERO)),
            actual=plain(claim.quantity),
            line_id=claim.line_id,
        )


def price_difference(claim: Claim, currency: str) -> Iterator[Finding]:
    """What is claimed costs at most what was agreed for as much (policy.agreed_prices)."""
    allowed = allowed_net(claim, currency)
    if claim.net > allowed:
        yield Finding(
            kind=ExceptionKind.PRICE,
            expected=amount(allowed_net(claim_as_agreed(claim), currency), currency),
            actual=amount(claim.net, currency),
            allowed=amount(allowed, currency),
            line_id=claim.line_id,
        )


def tax_difference(claim: Claim) -> Iterator[Finding]:
    """An order's tax is an estimate, an invoice's a claim to be checked (reference 2a)."""
    if claim.tax != claim.ordered_tax:
        yield Finding(
            kind=ExceptionKind.TAX,
            expected=_written(claim.ordered_tax),
            actual=_written(claim.tax),
            line_id=claim.line_id,
        )


def total_difference(whole: Whole) -> Iterator[Finding]:
    """What the invoice comes to is at most what its own lines allow and the agreed charges still
    open, less its share of what was agreed to be taken off the whole; and with earlier invoices
    what the order comes to, so that nothing is added that was not agreed (2d no. 1 and 3).

    What is too much on a line is found there; it is expected here, and hides nothing else.
    """
    currency, allowed = whole.order.currency, allowed_total(whole)
    if whole.net > allowed:
        expected = min(allowed_total(whole_as_agreed(whole)), allowed)
        yield Finding(
            kind=ExceptionKind.PRICE,
            part=_disputed_part(whole),
            expected=amount(expected, currency),
            actual=amount(whole.net, currency),
            allowed=amount(allowed, currency),
        )


def _disputed_part(whole: Whole) -> ExceptionPart:
    """Where to look for what is too much beside the lines."""
    if uncovered_charges(whole):
        return ExceptionPart.CHARGES
    return ExceptionPart.ALLOWANCES if withheld_allowances(whole) else ExceptionPart.TOTAL


def allowed_total(whole: Whole) -> Decimal:
    """What the invoice may come to without tax, given what its lines claim."""
    currency = whole.order.currency
    disputed = sum(
        (max(claim.net - allowed_net(claim, currency), ZERO) for claim in whole.claims), ZERO
    )
    left = max(allowed_in_all(whole) - whole.paid_before, ZERO) + disputed
    return min(left, whole.net - uncovered_charges(whole) - withheld_allowances(whole))


def allowed_in_all(whole: Whole) -> Decimal:
    """What all invoices of an order may come to without tax: the order's sum, and what the price
    tolerances let pass on each line and on the charges.
    """
    order, places = whole.order, minor_units(whole.order.currency)
    parts = [*whole.lines, (order.charges_total, whole.general)]
    extra = (
        round_half_up(with_tolerance(money, tolerance.price_percent), places) - money
        for money, tolerance in parts
    )
    return order.tax_exclusive + sum(extra, ZERO)


def adjustment_difference(whole: Whole) -> Iterator[Finding]:
    """What is taken off or added beside the lines is taxed as it is in the order: under another
    tax, the same sum without tax would have more tax claimed on it.
    """
    if misplaced(whole):
        yield Finding(
            kind=ExceptionKind.TAX,
            part=_taxed_part(whole),
            expected=expected_adjustments(whole),
            actual=actual_adjustments(whole),
        )


def _taxed_part(whole: Whole) -> ExceptionPart:
    has_charges = any(one.charges or one.charges_agreed for one in whole.adjusted)
    return ExceptionPart.CHARGES if has_charges else ExceptionPart.ALLOWANCES


def closed_order(whole: Whole) -> Iterator[Finding]:
    """An order that ended since the invoice was submitted (2d no. 4)."""
    if whole.order.status in ENDED:
        yield Finding(
            kind=ExceptionKind.CLOSED_PO,
            part=ExceptionPart.ORDER,
            expected=OrderStatus.ISSUED.value,
            actual=str(whole.order.status),
        )


def lookalike(whole: Whole) -> Iterator[Finding]:
    """Another invoice of the vendor's with the same amount and date (2d no. 8)."""
    if whole.alike:
        yield Finding(
            kind=ExceptionKind.DUPLICATE,
            part=ExceptionPart.INVOICE,
            expected="",
            actual=whole.alike,
        )


def _written(tax: Tax) -> str:
    return f"{tax.category} {plain(tax.rate)}"
