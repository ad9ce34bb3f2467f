"""What a purchase costs, against what may be spent."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from apps.core.money import written
from apps.procurement.money import LIMIT
from apps.procurement.policy.purchasing.come_of import ComeOf
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
            yield _weighed(found.amount, limit, rule.source, left, found.come_of(purchase))


def size_reasons(amounts: Amounts) -> Iterator[Reason]:
    """What orders may come to holds in every currency that they are counted in."""
    for currency, found in sorted(amounts.items()):
        if found.amount >= LIMIT:
            yield Reason(
                code="amount-too-large",
                denies=True,
                detail=f"In {currency} the order comes to more than can be counted.",
            )


def remaining(limit: Limit, spent: Spent) -> Decimal | None:
    """What may still be spent; nothing where more was, because the limit was lowered since. None
    where no exchange rate tells.
    """
    taken = used(limit, spent)
    return None if taken is None else max(limit.amount - taken, ZERO)


def used(limit: Limit, spent: Spent) -> Decimal | None:
    """What is set aside and spent, which is more than the limit where that was lowered since; each
    order begins anew where it is for one. None where no exchange rate tells.
    """
    if limit.kind == LimitKind.PER_ORDER or limit.account is None:
        return ZERO
    return spent.get((limit.account, limit.days), ZERO)


def _weighed(
    requested: Decimal, limit: Limit, source: Source, left: Decimal, converted: ComeOf | None
) -> Reason:
    """Limits are inclusive: what comes to the amount itself is within it."""
    exceeds = requested > left
    words = WORDS[limit.kind].format(days=limit.days)
    allowed = f"{written(limit.amount, limit.currency)} {words}"
    rest, asked = written(left, limit.currency), asked_for(requested, limit.currency, converted)
    return Reason(
        code="spend-limit-exceeded" if exceeds else "within-limit",
        denies=exceeds,
        detail=f"{source.name} allows {allowed}; {rest} remain, {asked}.",
        source=source,
        limit=limit,
        requested=requested,
        remaining=left,
        converted=converted,
    )


def asked_for(requested: Decimal, currency: str, converted: ComeOf | None) -> str:
    """`EUR 446.29 are asked for (SEK 5,000.00 at the rate 0.089258 of 20 Nov 2026)`."""
    come_of = f" ({converted})" if converted else ""
    return f"{written(requested, currency)} are asked for{come_of}"


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
