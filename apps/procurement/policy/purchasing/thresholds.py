"""Which purchases somebody must approve, and who."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from apps.core.money import written
from apps.partners.models import Role
from apps.procurement.policy.purchasing.decisions import Decision, Reason, Step
from apps.procurement.policy.purchasing.facts import concerns
from apps.procurement.policy.purchasing.limits import rate_missing
from apps.procurement.policy.purchasing.purchases import Amounts, Conversion, Purchase
from apps.procurement.policy.purchasing.rules import (
    Limit,
    LimitKind,
    Rule,
    RuleBook,
    Source,
    Threshold,
)

# What the requester's other orders to the vendor come to: by the public id of the approval rule or
# policy whose days and category they are of, in that rule's currency. It is None where no exchange
# rate tells, and then somebody is to look.
Earlier = Mapping[str, Decimal | None]
NEEDED, SPLIT, UNKNOWN = "approval-needed", "order-splitting", "earlier-orders-unknown"
# Within so many days orders count as one against a policy's threshold, which names no days.
POLICY_SPLIT_DAYS = 7
ZERO = Decimal(0)


def approval_reasons(
    purchase: Purchase, book: RuleBook, amounts: Amounts, earlier: Earlier
) -> Iterator[tuple[Reason, Step | None]]:
    """Each approval that is asked for and why; None for a policy's, which any step satisfies."""
    for threshold in book.thresholds:
        if fits(threshold, purchase):
            yield from _of_rule(threshold, purchase, book, amounts, earlier)
    for rule in book.rules:
        if rule.approval_from is not None:
            yield from _of_policy(rule, rule.approval_from, purchase, amounts, earlier)


def fits(threshold: Threshold, purchase: Purchase) -> bool:
    """Whether the rule is about the purchase."""
    return fits_any(threshold, purchase.categories)


def fits_any(threshold: Threshold, categories: Iterable[str]) -> bool:
    """Whether one of these is in the rule's category; what may be is taken to be."""
    wanted = threshold.category
    return not wanted or any(concerns((wanted,), one) for one in categories)


def default_step(why: str) -> Step:
    """Who approves where a policy asks for it and no rule says who."""
    return Step(sequence=1, approver_role=Role.APPROVER_ADMIN, min_approvers=1, why=why)


def _of_rule(
    threshold: Threshold, purchase: Purchase, book: RuleBook, amounts: Amounts, earlier: Earlier
) -> Iterator[tuple[Reason, Step | None]]:
    base = amounts.get(book.base_currency)
    if base is None:
        yield rate_missing(purchase.currency, book.base_currency, threshold.source), None
        return
    others = earlier.get(threshold.rule, ZERO)
    limit = _from(threshold.amount_from, book.base_currency)
    if code := _reached(base.amount, others, threshold.amount_from):
        why = _why(code, threshold.name, limit, base.amount, others)
        yield _asked(code, why, threshold.source, limit, base, purchase), _step(threshold, why)


def _of_policy(
    rule: Rule,
    start: Decimal,
    purchase: Purchase,
    amounts: Amounts,
    earlier: Earlier,
) -> Iterator[tuple[Reason, Step | None]]:
    found = amounts.get(rule.currency)
    if found is None:
        yield rate_missing(purchase.currency, rule.currency, rule.source), None
        return
    others = earlier.get(rule.source.id, ZERO)
    limit = _from(start, rule.currency)
    if code := _reached(found.amount, others, start):
        why = _why(code, rule.source.name, limit, found.amount, others)
        yield _asked(code, why, rule.source, limit, found, purchase), None


def _reached(alone: Decimal, others: Decimal | None, start: Decimal) -> str:
    """Thresholds are inclusive: the amount itself is asked for. With others, only the sum is; what
    cannot be summed is asked about and suspected of nothing.
    """
    if alone >= start:
        return NEEDED
    if others is None:
        return UNKNOWN
    return SPLIT if others and alone + others >= start else ""


def _from(start: Decimal, currency: str) -> Limit:
    return Limit(kind=LimitKind.APPROVAL_FROM, amount=start, currency=currency)


def _why(code: str, name: str, limit: Limit, alone: Decimal, others: Decimal | None) -> str:
    asked = f"{name} asks for approval from {written(limit.amount, limit.currency)}"
    if code == NEEDED:
        return f"{asked} on."
    if others is None:
        return (
            f"{asked} on; what the requester's other orders to the vendor come to in "
            f"{limit.currency} no exchange rate tells."
        )
    total = written(alone + others, limit.currency)
    return f"{asked} on; with the requester's other orders to the vendor it is {total}."


def _asked(
    code: str, why: str, source: Source, limit: Limit, found: Conversion, purchase: Purchase
) -> Reason:
    return Reason(
        code=code,
        denies=False,
        detail=why,
        source=source,
        limit=limit,
        requested=found.amount,
        converted=found.come_of(purchase),
    )


def _step(threshold: Threshold, why: str) -> Step:
    return Step(
        sequence=threshold.sequence,
        approver_role=threshold.approver_role,
        min_approvers=threshold.min_approvers,
        why=why,
        rule=threshold.rule,
    )


def in_sequence(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=lambda step: (step.sequence, step.rule)))


def splitting_steps(decision: Decision, *, had: Collection[str]) -> tuple[Step, ...]:
    """Those of approval rules that are asked for only because other orders count too, or may,
    besides the rules whose people were asked already.
    """
    split = {reason.detail for reason in decision.reasons if reason.code in (SPLIT, UNKNOWN)}
    return tuple(
        step for step in decision.steps if step.why in split and step.rule and step.rule not in had
    )
