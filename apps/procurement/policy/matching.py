"""The three-way match: an invoice against its order, what was accepted, and other invoices.

Each rule yields what it finds. What is found is not refused but decided on by somebody who may
(ADR 0014); what may never be invoiced was refused before, by policy.over_invoicing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from apps.core.money import minor_units
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine, Tolerance
from apps.procurement.money import EXACT, amount, plain, round_half_up
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.tolerances import with_tolerance
from apps.procurement.states import ExceptionKind, OrderStatus

ZERO = Decimal(0)
ENDED = frozenset({OrderStatus.CLOSED, OrderStatus.CANCELLED})


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What an invoice claims of one line, less what was credited; ``before`` and ``paid_before``
    are quantity and money that earlier invoices claim of it. ``line_id`` names the invoice's line.
    """

    line_id: int
    line: PurchaseOrderLine
    tolerance: Tolerance
    quantity: Decimal
    net: Decimal
    tax: Tax
    before: Decimal = ZERO
    paid_before: Decimal = ZERO


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What concerns an invoice as a whole. ``adjusted`` are the taxes of what it takes off or adds
    beside its lines, ``agreed`` the order's; ``alike`` the number of an invoice that looks the
    same. ``charges`` are what it adds to the whole, ``charged_before`` what earlier invoices did,
    ``chargeable`` what all of them may.
    """

    order: PurchaseOrder
    claims: Sequence[Claim]
    allowed: Decimal
    net: Decimal
    paid_before: Decimal = ZERO
    charges: Decimal = ZERO
    charged_before: Decimal = ZERO
    chargeable: Decimal = ZERO
    adjusted: Sequence[Tax] = ()
    agreed: Sequence[Tax] = ()
    alike: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """``line_id`` is None where it concerns the whole."""

    kind: ExceptionKind
    expected: str
    actual: str
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
    """What is claimed costs at most what was agreed for as much, and with what was claimed before
    at most the line's amount, each with the price tolerance (2d no. 3).
    """
    allowed = allowed_net(claim, currency)
    if claim.net > allowed:
        yield Finding(
            kind=ExceptionKind.PRICE,
            expected=amount(allowed, currency),
            actual=amount(claim.net, currency),
            line_id=claim.line_id,
        )


def allowed_net(claim: Claim, currency: str) -> Decimal:
    """What may be claimed of a line for as much, after what was claimed before."""
    percent, places = claim.tolerance.price_percent, minor_units(currency)
    so_much = with_tolerance(agreed_amount(claim.line, claim.quantity, currency), percent)
    in_all = with_tolerance(claim.line.net, percent)
    return min(
        round_half_up(so_much, places),
        max(round_half_up(in_all, places) - claim.paid_before, ZERO),
    )


def agreed_amount(line: PurchaseOrderLine, quantity: Decimal, currency: str) -> Decimal:
    """What so much of the line costs by the order, with its share of what is taken off or added
    to the line. Not rounded.
    """
    with localcontext(EXACT):
        per_piece = line.unit_price / line.price_base_quantity
        gross = round_half_up(line.quantity * per_piece, minor_units(currency))
        return quantity * per_piece + (line.net - gross) * quantity / line.quantity


def tax_difference(claim: Claim) -> Iterator[Finding]:
    """An order's tax is an estimate, an invoice's a claim to be checked (reference 2a)."""
    ordered = Tax(claim.line.tax_category, claim.line.tax_rate)
    if claim.tax != ordered:
        yield Finding(
            kind=ExceptionKind.TAX,
            expected=_written([ordered]),
            actual=_written([claim.tax]),
            line_id=claim.line_id,
        )


def allowed_charges(order: PurchaseOrder, tolerance: Tolerance) -> Decimal:
    """What all invoices of an order may add to the whole: the charges agreed to, and what the
    tolerance for whatever is bought lets pass.
    """
    most = with_tolerance(order.charges_total, tolerance.price_percent)
    return round_half_up(most, minor_units(order.currency))


def allowed_total(
    order: PurchaseOrder, lines: Iterable[tuple[Decimal, Tolerance]], chargeable: Decimal
) -> Decimal:
    """What all invoices of an order may come to without tax: the order's sum, and what the price
    tolerance lets pass on each line, given by its net, and on the charges.
    """
    places = minor_units(order.currency)
    extra = sum(
        (round_half_up(with_tolerance(net, one.price_percent), places) - net for net, one in lines),
        ZERO,
    )
    return order.tax_exclusive - order.charges_total + chargeable + extra


def total_difference(whole: Whole) -> Iterator[Finding]:
    """What the invoice comes to is at most what its own lines allow and the agreed charges still
    open, and with earlier invoices what the order comes to, so that what was agreed to be taken
    off the whole is taken off, and nothing is added that was not (2d no. 1 and 3).

    What is too much on a line is found there; it is expected here, and hides nothing else.
    """
    currency = whole.order.currency
    disputed = sum(
        (max(claim.net - allowed_net(claim, currency), ZERO) for claim in whole.claims), ZERO
    )
    left = max(whole.allowed - whole.paid_before, ZERO) + disputed
    expected = min(left, whole.net - uncovered_charges(whole))
    if whole.net > expected:
        yield Finding(
            kind=ExceptionKind.PRICE,
            expected=amount(expected, currency),
            actual=amount(whole.net, currency),
        )


def uncovered_charges(whole: Whole) -> Decimal:
    """What is added to the whole beyond what was agreed to and earlier invoices left of it. An
    order's sum is far above a part of it, so charges are never measured by that.
    """
    still_open = max(whole.chargeable - whole.charged_before, ZERO)
    return max(whole.charges - still_open, ZERO)


def adjustment_difference(whole: Whole) -> Iterator[Finding]:
    """What is taken off or added beside the lines is taxed as something in the order is."""
    if not set(whole.adjusted) <= set(whole.agreed):
        yield Finding(
            kind=ExceptionKind.TAX,
            expected=_written(whole.agreed),
            actual=_written(whole.adjusted),
        )


def closed_order(whole: Whole) -> Iterator[Finding]:
    """An order that ended since the invoice was submitted (2d no. 4)."""
    if whole.order.status in ENDED:
        yield Finding(
            kind=ExceptionKind.CLOSED_PO,
            expected=OrderStatus.ISSUED.value,
            actual=str(whole.order.status),
        )


def lookalike(whole: Whole) -> Iterator[Finding]:
    """Another invoice of the vendor's with the same amount and date (2d no. 8)."""
    if whole.alike:
        yield Finding(kind=ExceptionKind.DUPLICATE, expected="", actual=whole.alike)


def _written(taxes: Sequence[Tax]) -> str:
    """Few enough words for the column: the first taxes speak for many."""
    known = sorted({(tax.category, tax.rate) for tax in taxes})
    words = [f"{category} {plain(rate)}" for category, rate in known]
    return ", ".join([*words[:5], *(["…"] if words[5:] else [])])
