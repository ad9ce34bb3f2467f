"""The decision as a function: whatever the rules, it is the strictest of them, and says why."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from apps.core.errors import DomainError
from apps.procurement.errors import ExchangeRateMissingError, SpendLimitExceededError
from apps.procurement.policy.purchasing import (
    AccountKey,
    Conversion,
    Decision,
    Limit,
    LimitKind,
    Outcome,
    Purchase,
    Rule,
    RuleBook,
    Source,
    SourceKind,
    Threshold,
    decide,
    decision_document,
    refuse,
    remaining,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
OFFICE = uuid.UUID(int=1)
CENTS = some.integers(0, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))
KINDS = some.sampled_from((LimitKind.PER_ORDER, LimitKind.PER_PERIOD, LimitKind.TOTAL))


def key(number: int) -> AccountKey:
    return AccountKey(uuid.UUID(int=number), None, None, "EUR")


def limit(kind: LimitKind, amount: Decimal, number: int = 1) -> Limit:
    days = 30 if kind == LimitKind.PER_PERIOD else None
    return Limit(kind=kind, amount=amount, currency="EUR", account=key(number), days=days)


def rule(number: int = 1, **said: Any) -> Rule:
    source = Source(kind=SourceKind.POLICY, id=f"pol_{number}", name=f"P{number}", version=number)
    return Rule(**{"source": source, "accounts": (key(number),), "currency": "EUR", **said})


def book(*rules: Rule, **said: Any) -> RuleBook:
    return RuleBook(project=OFFICE, buyer_entity=OFFICE, base_currency="EUR", rules=rules, **said)


def purchase(amount: Decimal, **said: Any) -> Purchase:
    return Purchase(project=OFFICE, currency="EUR", amount=amount, **said)


def decided(amount: Decimal, rules: RuleBook, spent: Decimal = Decimal(0), **said: Any) -> Decision:
    """With so much spent on every account."""
    wanted = purchase(amount, **said)
    taken = {
        (one.account, one.days): spent for each in rules.rules for one in each.limits if one.account
    }
    return decide(wanted, rules, at=AT, amounts={"EUR": Conversion(amount)}, spent=taken)


LIMITS = some.builds(limit, KINDS, CENTS, some.integers(1, 3))
RULES = some.lists(
    some.builds(
        lambda number, limits, start: rule(number, limits=tuple(limits), approval_from=start),
        some.integers(1, 3),
        some.lists(LIMITS, max_size=3),
        some.none() | CENTS,
    ),
    max_size=3,
)


@given(amount=CENTS, rules=RULES, spent=CENTS)
def test_purchase_passes_exactly_within_every_limit(
    amount: Decimal, rules: Sequence[Rule], spent: Decimal
) -> None:
    found = decided(amount, book(*rules), spent)

    fits = all(
        amount <= (one.amount if one.kind == LimitKind.PER_ORDER else max(one.amount - spent, 0))
        for each in rules
        for one in each.limits
    )
    assert (found.outcome != Outcome.DENIED) == fits
    waits = any(each.approval_from is not None and amount >= each.approval_from for each in rules)
    if fits:
        assert (found.outcome == Outcome.PENDING_APPROVAL) == waits == bool(found.steps)


@given(amount=CENTS, rules=RULES, more=RULES, spent=CENTS)
def test_another_rule_never_widens(
    amount: Decimal, rules: list[Rule], more: list[Rule], spent: Decimal
) -> None:
    strictness = [Outcome.ALLOWED, Outcome.PENDING_APPROVAL, Outcome.DENIED]

    before = decided(amount, book(*rules), spent).outcome
    after = decided(amount, book(*rules, *more), spent).outcome

    assert strictness.index(after) >= strictness.index(before)


@given(amount=CENTS, less=CENTS, rules=RULES, spent=CENTS)
def test_what_costs_less_is_never_refused_where_more_passes(
    amount: Decimal, less: Decimal, rules: list[Rule], spent: Decimal
) -> None:
    low, high = sorted((amount, less))
    if decided(high, book(*rules), spent).outcome != Outcome.DENIED:
        assert decided(low, book(*rules), spent).outcome != Outcome.DENIED


@given(amount=CENTS, rules=RULES, spent=CENTS)
def test_every_limit_is_told_with_what_remains(
    amount: Decimal, rules: list[Rule], spent: Decimal
) -> None:
    found = decided(amount, book(*rules), spent)

    told = [one for one in found.reasons if one.code in {"within-limit", "spend-limit-exceeded"}]
    assert [one.limit for one in told] == [one for each in rules for one in each.limits]
    for reason in told:
        assert reason.remaining is not None
        assert reason.limit is not None
        assert reason.remaining >= 0
        assert reason.denies == (amount > reason.remaining)
    document = decision_document(found)
    assert json.loads(json.dumps(document)) == document
    assert document["policy_version"] == max((each.source.version for each in rules), default=None)


@given(amount=CENTS, rules=RULES, spent=CENTS)
def test_refusal_is_raised_exactly_where_it_is_denied(
    amount: Decimal, rules: list[Rule], spent: Decimal
) -> None:
    found = decided(amount, book(*rules), spent)

    if found.outcome == Outcome.DENIED:
        with pytest.raises(SpendLimitExceededError) as refused:
            refuse(found)
        assert refused.value.private == {"decision": decision_document(found)}
    else:
        refuse(found)


def test_remaining_is_never_below_nothing() -> None:
    lowered = limit(LimitKind.TOTAL, Decimal(10))

    assert remaining(lowered, {(key(1), None): Decimal(12)}) == 0
    assert remaining(lowered, {(key(1), None): Decimal(4)}) == 6
    assert remaining(lowered, {}) == 10


def test_what_no_rate_compares_is_told_last() -> None:
    foreign = Limit(kind=LimitKind.PER_ORDER, amount=Decimal(10), currency="SEK")
    both = book(
        rule(1, limits=(foreign,)), rule(2, limits=(limit(LimitKind.PER_ORDER, Decimal(1)),))
    )

    for rules, refusal in (
        (both, SpendLimitExceededError),
        (book(rule(1, limits=(foreign,))), ExchangeRateMissingError),
    ):
        with pytest.raises(DomainError) as refused:
            refuse(decided(Decimal(2), rules))
        assert type(refused.value) is refusal


@pytest.mark.parametrize(
    ("alone", "others", "codes"),
    (
        ("999.99", "0", []),
        ("1000", "0", ["approval-needed"]),
        ("400", "599.99", []),
        ("400", "600", ["order-splitting"]),
        ("1000", "600", ["approval-needed"]),
    ),
)
def test_threshold_is_reached_alone_or_together(alone: str, others: str, codes: list[str]) -> None:
    asked = Threshold(
        rule="apr_1", name="Large", amount_from=Decimal(1000), approver_role="approver_admin"
    )
    found = decide(
        purchase(Decimal(alone)),
        book(thresholds=(asked,)),
        at=AT,
        amounts={"EUR": Conversion(Decimal(alone))},
        spent={},
        earlier={"apr_1": Decimal(others)},
    )

    assert [reason.code for reason in found.reasons] == codes
    assert [step.rule for step in found.steps] == ["apr_1"] * len(codes)


def test_question_that_leaves_something_open_is_not_refused_for_it() -> None:
    strict = rule(
        categories_allowed=("43",),
        vendors=frozenset({OFFICE}),
        ship_to=("SE",),
        categories_denied=("46",),
        requires_contract=True,
    )

    assert decided(Decimal(1), book(strict)).outcome == Outcome.ALLOWED
    said = {"categories": frozenset({""}), "vendor": uuid.UUID(int=9), "ship_to": {}}
    said |= {"contract_ref": ""}
    codes = [reason.code for reason in decided(Decimal(1), book(strict), **said).reasons]
    assert codes == [
        "category-not-allowed",
        "category-not-allowed",
        "vendor-not-allowed",
        "ship-to-not-allowed",
        "contract-required",
    ]


def test_action_and_end_are_those_of_the_token() -> None:
    token = rule(actions=frozenset({"submit"}), valid_until=AT)
    wanted, amounts = purchase(Decimal(1)), {"EUR": Conversion(Decimal(1))}

    def codes(rules: RuleBook, action: str | None) -> list[str]:
        found = decide(wanted, rules, at=AT, amounts=amounts, spent={}, action=action)
        return [reason.code for reason in found.reasons]

    assert codes(book(token), "submit") == ["action-not-granted"]
    assert codes(book(replace(token, valid_until=None)), "submit") == []
    assert codes(book(replace(token, valid_until=None)), "issue") == ["action-not-granted"]
    assert codes(book(token), None) == []


def test_policy_that_is_required_is_missed() -> None:
    assert decided(Decimal(1), book(policy_required=True)).reasons[0].code == "policy-missing"
    assert decided(Decimal(1), book(rule(), policy_required=True)).outcome == Outcome.ALLOWED
