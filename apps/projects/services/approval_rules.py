"""Who must approve which orders: rules are added and retired."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.partners.services import insert
from apps.partners.services.rows import require_reason
from apps.projects.models import ApprovalRule, BuyerEntity, Project
from apps.projects.policy.amounts import amount_faults
from apps.projects.policy.applying import rule_faults
from apps.projects.policy.codes import category_faults, written_alike


@transaction.atomic
def add_approval_rule(
    *,
    actor: Actor,
    at: datetime,
    buyer_entity: BuyerEntity,
    name: str,
    amount_from: Decimal,
    approver_role: str,
    reason: str,
    project: Project | None = None,
    category: str = "",
    sequence: int = 1,
    min_approvers: int = 1,
    split_days: int = 7,
) -> ApprovalRule:
    """Orders submitted from now on that fit need the approval. Raises ValidationFailedError."""
    reason = require_reason(reason)
    codes = written_alike([category] if category.strip() else [])
    rule = ApprovalRule(
        buyer_entity=buyer_entity,
        project=project,
        name=name.strip(),
        category="".join(codes),
        amount_from=amount_from,
        approver_role=approver_role,
        sequence=sequence,
        min_approvers=min_approvers,
        split_days=split_days,
        created_at=at,
    )
    faults = [
        *rule_faults(rule),
        *category_faults(codes, pointer="/category"),
        *amount_faults(amount_from, buyer_entity.base_currency, pointer="/amount_from"),
    ]
    insert(rule, faults=faults)
    _record(Action.APPROVAL_RULE_ADDED, rule, actor, at, {"reason": reason, **_says(rule)})
    return rule


@transaction.atomic
def retire_approval_rule(*, actor: Actor, at: datetime, rule: ApprovalRule, reason: str) -> None:
    """Sessions granted from now on do not ask for it; those from before do still, as they are
    bound by the policies of their grant, and orders that wait already go on waiting. Raises
    InvalidTransitionError when it was retired already.
    """
    reason = require_reason(reason)
    standing = ApprovalRule.objects.filter(pk=rule.pk, retired_at__isnull=True)
    if not standing.update(retired_at=at):
        raise InvalidTransitionError("The approval rule is retired already.")
    _record(Action.APPROVAL_RULE_RETIRED, rule, actor, at, {"reason": reason})


def _says(rule: ApprovalRule) -> dict[str, str | int]:
    return {
        "buyer_entity": rule.buyer_entity.public_id,
        "project": rule.project.public_id if rule.project else "",
        "category": rule.category,
        "amount_from": f"{rule.amount_from:f}",
        "currency": rule.buyer_entity.base_currency,
        "approver_role": rule.approver_role,
        "sequence": rule.sequence,
        "min_approvers": rule.min_approvers,
        "split_days": rule.split_days,
    }


def _record(
    action: Action, rule: ApprovalRule, actor: Actor, at: datetime, told: dict[str, str | int]
) -> None:
    record(
        action=action,
        actor=actor,
        at=at,
        subject=Subject("approval_rule", rule.public_id, rule.name),
        data={},
        private=told,
    )
