"""The decision: the same function for an order, a simulation, the API's answer and the admin."""

from collections.abc import Iterator
from datetime import datetime

from apps.procurement.policy.purchasing.decisions import Decision, Outcome, Reason, Step
from apps.procurement.policy.purchasing.facts import check_facts
from apps.procurement.policy.purchasing.limits import Spent, limit_reasons, size_reasons
from apps.procurement.policy.purchasing.purchases import Amounts, Purchase
from apps.procurement.policy.purchasing.rules import RuleBook
from apps.procurement.policy.purchasing.thresholds import (
    Earlier,
    approval_reasons,
    default_step,
    in_sequence,
)

NOTHING: Earlier = {}


def decide(
    purchase: Purchase,
    book: RuleBook,
    *,
    at: datetime,
    amounts: Amounts,
    spent: Spent,
    earlier: Earlier = NOTHING,
    action: str | None = "submit",
) -> Decision:
    """Whether the purchase may be, and everything that was looked at. Every rule must let it
    through: rules combine by intersection (reference 3c).

    ``amounts`` are the purchase's in every currency that the rules speak of, ``spent`` is what
    others have taken of the limits. ``action`` is None where whoever acts needs no grant for it.
    """
    reasons = [*check_facts(purchase, book, at=at, action=action), *size_reasons(amounts)]
    for rule in book.rules:
        reasons += limit_reasons(purchase, rule, amounts, spent)
    asked = [*approval_reasons(purchase, book, amounts, earlier)]
    reasons += [reason for reason, _step in asked]
    if any(reason.denies for reason in reasons):
        return _decided(Outcome.DENIED, reasons, book)
    if steps := in_sequence(_steps(asked)):
        return _decided(Outcome.PENDING_APPROVAL, reasons, book, steps)
    return _decided(Outcome.ALLOWED, reasons, book)


def _steps(asked: list[tuple[Reason, Step | None]]) -> Iterator[Step]:
    """The rules' steps; where only policies ask for somebody's word, one of an administrator."""
    named = [step for _reason, step in asked if step]
    yield from named
    if asked and not named:
        yield default_step(asked[0][0].detail)


def _decided(
    outcome: Outcome, reasons: list[Reason], book: RuleBook, steps: tuple[Step, ...] = ()
) -> Decision:
    return Decision(
        outcome=outcome,
        reasons=tuple(reasons),
        steps=steps,
        policy_version=book.policy_version,
        policies=book.policies,
    )
