"""What an invoice takes off and adds beside its lines, and under which tax."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from apps.core.money import minor_units
from apps.procurement.money import amount, plain, round_half_up
from apps.procurement.policy.agreed_prices import allowed_net
from apps.procurement.policy.claims import Adjusted, Whole, whole_as_agreed
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.shares import allowance_due
from apps.procurement.policy.tolerances import with_tolerance

ZERO = Decimal(0)
SHOWN = 3  # As many taxes as fit the column.


def uncovered_charges(whole: Whole) -> Decimal:
    """What is added to the whole beyond what was agreed to and earlier invoices left of it. An
    order's sum is far above a part of it, so charges are never measured by that.
    """
    return _uncovered(
        whole,
        agreed=sum((one.charges_agreed for one in whole.adjusted), ZERO),
        before=sum((one.charges_before for one in whole.adjusted), ZERO),
        now=sum((one.charges for one in whole.adjusted), ZERO),
    )


def withheld_allowances(whole: Whole) -> Decimal:
    """What the invoice's lines owe of the order's allowances, and neither it nor a lower price
    passes on. An order may end before its last invoice, so each brings its share.
    """
    agreed = sum((one.allowances_agreed for one in whole.adjusted), ZERO)
    before = sum((one.allowances_before for one in whole.adjusted), ZERO)
    owed = sum((_due(whole, one) for one in whole.adjusted if one.lines_net), ZERO)
    due = min(owed + _due_of_no_line(whole), max(agreed - before, ZERO))
    given = sum((one.allowances for one in whole.adjusted), ZERO)
    return max(due - given - _cheaper(whole), ZERO)


def misplaced(whole: Whole) -> bool:
    """Whether what is taken off or added comes under another tax than was agreed, which moves what
    is taxed: by tax, more is missing or too much than in all.
    """
    withheld = sum(
        (
            max(_due(whole, one) - one.allowances - _cheaper(whole, one.tax), ZERO)
            for one in whole.adjusted
            if one.lines_net
        ),
        ZERO,
    )
    uncovered = sum((_uncovered_at(whole, one) for one in whole.adjusted), ZERO)
    return withheld > withheld_allowances(whole) or uncovered > uncovered_charges(whole)


def expected_adjustments(whole: Whole) -> str:
    """By tax: the agreed charges that are still open, less the share of what is taken off."""
    exact = whole_as_agreed(whole)
    return _written(
        whole.order.currency,
        (
            (one.tax, max(one.charges_agreed - one.charges_before, ZERO) - _due(exact, one))
            for one in whole.adjusted
        ),
    )


def actual_adjustments(whole: Whole) -> str:
    return _written(
        whole.order.currency, ((one.tax, one.charges - one.allowances) for one in whole.adjusted)
    )


def _uncovered(whole: Whole, *, agreed: Decimal, before: Decimal, now: Decimal) -> Decimal:
    chargeable = with_tolerance(agreed, whole.general.price_percent)
    still_open = round_half_up(chargeable, minor_units(whole.order.currency)) - before
    return max(now - max(still_open, ZERO), ZERO)


def _uncovered_at(whole: Whole, one: Adjusted) -> Decimal:
    return _uncovered(whole, agreed=one.charges_agreed, before=one.charges_before, now=one.charges)


def _due(whole: Whole, one: Adjusted) -> Decimal:
    """The share that goes with the lines taxed so. None goes with lines taxed otherwise: there is
    nothing in their invoice that it could be taken off.
    """
    return allowance_due(
        agreed=one.allowances_agreed,
        lines_net=one.lines_net,
        claimed_before=one.claimed_before,
        taken_before=one.allowances_before,
        claimed=_claimed(whole, [one.tax]),
        places=minor_units(whole.order.currency),
    )


def _due_of_no_line(whole: Whole) -> Decimal:
    """The share of what is taken off at a tax that no line of the order has: it goes with all."""
    apart = [one for one in whole.adjusted if not one.lines_net]
    return allowance_due(
        agreed=sum((one.allowances_agreed for one in apart), ZERO),
        lines_net=whole.order.lines_net,
        claimed_before=sum((one.claimed_before for one in whole.adjusted), ZERO),
        taken_before=sum((one.allowances_before for one in apart), ZERO),
        claimed=_claimed(whole, [one.tax for one in whole.adjusted]),
        places=minor_units(whole.order.currency),
    )


def _claimed(whole: Whole, taxes: Sequence[Tax]) -> Decimal:
    """What is claimed of lines taxed so by the order, as far as it is not too dear."""
    currency = whole.order.currency
    return sum(
        (
            min(claim.net, allowed_net(claim, currency))
            for claim in whole.claims
            if claim.ordered_tax in taxes
        ),
        ZERO,
    )


def _cheaper(whole: Whole, tax: Tax | None = None) -> Decimal:
    """By how much lines are cheaper than agreed: all, or those taxed so by the order."""
    currency = whole.order.currency
    return sum(
        (
            max(allowed_net(claim, currency) - claim.net, ZERO)
            for claim in whole.claims
            if tax in {None, claim.ordered_tax}
        ),
        ZERO,
    )


def _written(currency: str, adjustments: Iterable[tuple[Tax, Decimal]]) -> str:
    """Few enough words for the column: the first taxes speak for many."""
    known = sorted((tax.category, tax.rate, money) for tax, money in adjustments if money)
    words = [f"{code} {plain(rate)}: {amount(money, currency)}" for code, rate, money in known]
    return ", ".join([*words[:SHOWN], *(["…"] if words[SHOWN:] else [])])
