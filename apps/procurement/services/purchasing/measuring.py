"""What orders that count as one come to, rule by rule, each in the currency that the rule is in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from apps.procurement.policy.purchasing import Earlier, RuleBook
from apps.procurement.policy.purchasing.converting import convert
from apps.procurement.policy.purchasing.thresholds import POLICY_SPLIT_DAYS, fits_any
from apps.procurement.services.purchasing.amounts import day_there
from apps.projects.policy import Rates
from apps.projects.selectors import rates_among

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class OtherOrder:
    """As much of an order as a series needs of it. ``amount`` is the most that it may cost without
    a further word. ``amount_base`` is the same by the rate of its submission, None where there was
    none. ``spoken_of`` are the rules whose people were asked about it and what counts with it.
    """

    number: str
    submitted_at: datetime
    currency: str
    amount: Decimal
    amount_base: Decimal | None
    categories: frozenset[str]
    spoken_of: frozenset[str] = frozenset()


def sums_by_rule(orders: Sequence[OtherOrder], book: RuleBook, at: datetime) -> Earlier:
    """By the public id of the approval rule, or of the policy; one statement where some of it has
    to be converted. None for what cannot be measured: somebody is to look at it.
    """
    rates = _rates(orders, book, at)
    sums: dict[str, Decimal | None] = {}
    for rule in book.thresholds:
        since = at - timedelta(days=rule.split_days)
        counted = [
            one
            for one in orders
            if one.submitted_at > since
            and rule.rule not in one.spoken_of
            and fits_any(rule, one.categories)
        ]
        sums[rule.rule] = _sum(counted, book.base_currency, book, rates)
    since = at - timedelta(days=POLICY_SPLIT_DAYS)
    recent = [one for one in orders if one.submitted_at > since and not one.spoken_of]
    for one in book.rules:
        if one.approval_from is not None:
            sums[one.source.id] = _sum(recent, one.currency, book, rates)
    return sums


def _rates(orders: Iterable[OtherOrder], book: RuleBook, at: datetime) -> Rates:
    base = book.base_currency
    asked = {rule.currency for rule in book.rules if rule.approval_from is not None}
    converted = {
        currency
        for one in orders
        for target in (base, *asked)
        if one.currency != target and (target != base or one.amount_base is None)
        for currency in (one.currency, target)
    }
    wanted = {base, *converted} if converted else set()
    return rates_among(currencies=wanted, day=day_there(book, at))


def _sum(
    orders: Iterable[OtherOrder], currency: str, book: RuleBook, rates: Rates
) -> Decimal | None:
    total = ZERO
    for one in orders:
        measured = _measured(one, currency, book, rates)
        if measured is None:
            return None
        total += measured
    return total


def _measured(one: OtherOrder, currency: str, book: RuleBook, rates: Rates) -> Decimal | None:
    """For the buyer's own currency as it was reckoned when it was submitted, else by the rates of
    now.
    """
    base = book.base_currency
    if currency == base and one.amount_base is not None:
        return one.amount_base
    found = convert(one.amount, one.currency, [currency], rates, base=base).get(currency)
    return found.amount if found else None
