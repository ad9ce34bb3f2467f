"""What a purchase costs, against what may be spent."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from apps.procurement.money import amount
from apps.procurement.policy.purchasing.decisions import Reason
from apps.procurement.policy.purchasing.purchases import Amounts, Purchase
from apps.procurement.policy.purchasing.rules import AccountKey, Limit, LimitKind, Rule, Source

WORDS = {
    LimitKind.PER_ORDER: "for one order",
    LimitKind.PER_PERIOD: "within {days} days",
    LimitKind.TOTAL: "altogether",
    LimitKind.BUDGET: "for the project",
}
# What is set aside and spent: by account, and of the last so many days; None for altogether. It is
# None where no exchange rate tells.
Spent = Mapping[tuple[AccountKey, int | None], Decimal | None]
ZERO = Decimal(0)


def limit_reasons(
    purchase: Purchase, rule: Rule, amounts: Amounts, spent: Spent
) -> Iterator[Reason]:
    """One reason for each of the rule's limits, kept or not."""
    for limit in rule.limits:
        found, left = amounts.get(limit.currency), remaining(limit, spent)
        if found is None:
            yield rate_missing(purchase.currency, limit.currency, rule.source)
        elif left is None:
            yield _uncounted(limit.currency, rule.source)
        else:
            yield _weighed(found.amount, limit, rule.source, left)


def remaining(limit: Limit, spent: Spent) -> Decimal | None:
    """What may still be spent; nothing where more was, because the limit was lowered since. None
    where no exchange rate tells.
    """
    if limit.kind == LimitKind.PER_ORDER or limit.account is None:
        return limit.amount
    taken = spent.get((limit.account, limit.days), ZERO)
    return None if taken is None else max(limit.amount - taken, ZERO)


def _weighed(requested: Decimal, limit: Limit, source: Source, left: Decimal) -> Reason:
    """Limits are inclusive: what comes to the amount itself is within it."""
    exceeds = requested > left
    words = WORDS[limit.kind].format(days=limit.days)
    allowed = f"{amount(limit.amount, limit.currency)} {limit.currency} {words}"
    rest = f"{amount(left, limit.currency)} {limit.currency}"
    asked = f"{amount(requested, limit.currency)} {limit.currency}"
    return Reason(
        code="spend-limit-exceeded" if exceeds else "within-limit",
        denies=exceeds,
        detail=f"{source.name} allows {allowed}; {rest} remain, {asked} are asked for.",
        source=source,
        limit=limit,
        requested=requested,
        remaining=left,
    )


def _uncounted(currency: str, source: Source) -> Reason:
    """A budget that was set after orders in other currencies counts them too."""
    return Reason(
        code="exchange-rate-missing",
        denies=True,
        detail=f"{source.name} has earlier orders that no exchange rate of the last 40 days "
        f"leads to {currency} from, so what remains is not known.",
        source=source,
    )


def rate_missing(currency: str, other: str, source: Source | None = None) -> Reason:
    """A rule that cannot be reckoned is not passed over."""
    return Reason(
        code="exchange-rate-missing",
        denies=True,
        detail=f"There is no exchange rate from {currency} to {other} of the last 40 days.",
        source=source,
    )
