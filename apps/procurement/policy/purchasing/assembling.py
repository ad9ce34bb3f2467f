"""Rules from what they are written in: a policy's version, a token's details, a project."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from apps.core.actor import Actor
from apps.core.ids import decode_id, encode_id
from apps.oauth.models import TokenSession
from apps.partners.models import Partner
from apps.procurement.policy.granting import entry_for, valid_until
from apps.procurement.policy.purchasing.rules import (
    AccountKey,
    Limit,
    LimitKind,
    Rule,
    Source,
    SourceKind,
    Threshold,
)
from apps.projects.models import ApprovalRule, PolicyVersion, Project

TOKEN_LIMITS = {
    "per_order": LimitKind.PER_ORDER,
    "per_period": LimitKind.PER_PERIOD,
    "total": LimitKind.TOTAL,
}


def rule_of_version(version: PolicyVersion) -> Rule:
    """Orders are counted on the policy's account, limited or not, so that a limit which is set
    later knows of them.
    """
    policy, currency = version.policy, version.currency
    account = AccountKey(policy.pk, None, None, currency)
    amounts = (
        (LimitKind.PER_ORDER, version.per_order_max, None),
        (LimitKind.PER_PERIOD, version.per_period_max, version.period_days),
        (LimitKind.TOTAL, version.cumulative_max, None),
    )
    return Rule(
        source=Source(
            kind=SourceKind.POLICY, id=policy.public_id, name=policy.name, version=version.version
        ),
        categories_allowed=tuple(version.categories_allowed),
        categories_denied=tuple(version.categories_denied),
        vendors=frozenset(version.vendors),
        currencies=frozenset(version.currencies),
        ship_to=tuple(version.ship_to),
        requires_contract=version.requires_contract,
        limits=tuple(
            Limit(kind=kind, amount=most, currency=currency, account=account, days=days)
            for kind, most, days in amounts
            if most is not None
        ),
        accounts=(account,),
        approval_from=version.auto_approve_below,
        currency=currency,
    )


def rules_of_token(actor: Actor, project_id: uuid.UUID) -> list[Rule]:
    """None where the token carries no details; where they do not name the project, nothing is
    granted there.
    """
    if not actor.authorization_details:
        return []
    counted_on = actor.limits_session_id
    session = encode_id(TokenSession.id_prefix, counted_on) if counted_on else ""
    source = Source(kind=SourceKind.TOKEN, id=session, name="The token")
    entry = entry_for(actor, project_id)
    if entry is None:
        return [Rule(source=source, actions=frozenset())]
    return [_rule_of_entry(entry, source, counted_on, project_id)]


def _rule_of_entry(
    entry: Mapping[str, Any], source: Source, session: uuid.UUID | None, project_id: uuid.UUID
) -> Rule:
    said: dict[str, Any] = entry.get("limits", {})
    # In one order whatever the entry's, which a database may have turned round.
    limits = [
        _limit(kind, said[name], session, project_id)
        for name, kind in TOKEN_LIMITS.items()
        if name in said
    ]
    vendors = _vendors(entry.get("vendors", ()))
    # An empty list allows nothing, other than one that is not there.
    nothing = ("vendors" in entry and not vendors) or entry.get("categories") == []
    return Rule(
        source=source,
        categories_allowed=tuple(entry.get("categories", ())),
        vendors=vendors,
        actions=frozenset(() if nothing else entry.get("actions", ())),
        valid_until=valid_until(entry),
        limits=tuple(limits),
        accounts=tuple({limit.account for limit in limits if limit.account}),
    )


def _vendors(public_ids: Iterable[str]) -> frozenset[uuid.UUID]:
    decoded = (decode_id(Partner.id_prefix, one) for one in public_ids)
    return frozenset(found for found in decoded if found)


def _limit(
    kind: LimitKind, said: Mapping[str, Any], session: uuid.UUID | None, project_id: uuid.UUID
) -> Limit:
    counted = session is not None and kind != LimitKind.PER_ORDER
    account = AccountKey(None, session, project_id, said["currency"]) if counted else None
    return Limit(
        kind=kind,
        amount=Decimal(said["amount"]),
        currency=said["currency"],
        account=account,
        days=said.get("days"),
    )


def rule_of_project(project: Project, kept: Collection[str]) -> Rule:
    """``kept`` are the currencies that the project's spending is counted in already: it goes on
    being, whatever becomes of the budget.
    """
    currencies = sorted({*kept, *([project.budget_currency] if project.budget_amount else [])})
    accounts = {one: AccountKey(None, None, project.pk, one) for one in currencies}
    budget = project.budget_amount
    limits = () if budget is None else (_budget(project, budget, accounts),)
    return Rule(
        source=Source(
            kind=SourceKind.PROJECT, id=project.public_id, name=f"Project {project.number}"
        ),
        categories_allowed=tuple(project.categories),
        limits=limits,
        accounts=tuple(accounts.values()),
    )


def _budget(project: Project, amount: Decimal, accounts: Mapping[str, AccountKey]) -> Limit:
    currency = project.budget_currency
    return Limit(
        kind=LimitKind.BUDGET, amount=amount, currency=currency, account=accounts[currency]
    )


def threshold_of(rule: ApprovalRule) -> Threshold:
    return Threshold(
        rule=rule.public_id,
        name=rule.name,
        amount_from=rule.amount_from,
        approver_role=rule.approver_role,
        category=rule.category,
        sequence=rule.sequence,
        min_approvers=rule.min_approvers,
        split_days=rule.split_days,
    )
