"""Purchasing policies, approval rules and exchange rates, set by the services that staff use."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from apps.partners.models import Role
from apps.projects.models import ApprovalRule, BuyerEntity, ExchangeRate, PolicyVersion
from apps.projects.policy import PolicyTerms
from apps.projects.policy.rate_lines import NewRate
from apps.projects.services import (
    add_approval_rule,
    add_exchange_rates,
    add_policy,
    add_policy_version,
)
from tests.factories.world import SETUP

WHO = {"client_id", "partner", "role", "project"}


def now() -> datetime:
    return datetime.now(tz=UTC)


def terms(**said: Any) -> PolicyTerms:
    """What a policy says; amounts as text or numbers, in EUR unless told."""
    amounts = {
        name: Decimal(str(value))
        for name, value in said.items()
        if value is not None and (name.endswith("_max") or name == "auto_approve_below")
    }
    return PolicyTerms(**{"currency": "EUR", **said, **amounts})


def policy(
    buyer: BuyerEntity,
    *,
    name: str = "Everybody",
    at: datetime | None = None,
    effective_from: datetime | None = None,
    **said: Any,
) -> PolicyVersion:
    """The first version of a new policy, for whom `client_id`, `partner`, `role` and `project`
    name, saying the rest: `policy(buyer, per_order_max=100, project=office)`. To have it in the
    past, say when (`at`) it was added.
    """
    who = {key: said.pop(key) for key in WHO & set(said)}
    return add_policy(
        actor=SETUP,
        at=at or now(),
        buyer_entity=buyer,
        name=name,
        terms=terms(**said),
        reason="test",
        effective_from=effective_from,
        **who,
    )


def next_version(
    version: PolicyVersion,
    *,
    at: datetime | None = None,
    effective_from: datetime | None = None,
    **said: Any,
) -> PolicyVersion:
    """What the policy of this version says from now on, or from then on."""
    return add_policy_version(
        actor=SETUP,
        at=at or now(),
        policy=version.policy,
        terms=terms(**said),
        reason="test",
        effective_from=effective_from,
    )


def approval_rule(
    buyer: BuyerEntity,
    *,
    amount_from: str | int = 0,
    name: str = "Approval",
    approver_role: str = Role.APPROVER_ADMIN,
    at: datetime | None = None,
    **said: Any,
) -> ApprovalRule:
    return add_approval_rule(
        actor=SETUP,
        at=at or now(),
        buyer_entity=buyer,
        name=name,
        amount_from=Decimal(str(amount_from)),
        approver_role=approver_role,
        reason="test",
        **said,
    )


def rate(base: str, currency: str, on: date, worth: str) -> ExchangeRate:
    """One unit of the base is worth so much of the currency."""
    done = add_exchange_rates(
        actor=SETUP,
        at=now(),
        base=base,
        source="test",
        rates=[NewRate(on, currency, Decimal(worth))],
    )
    return done.added[0]
