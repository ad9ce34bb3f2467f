"""The approvals that an order waits for: asked for, given, ended."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from apps.core.actor import Actor
from apps.core.ids import decode_id
from apps.procurement.models import Approval, ApprovalStep, OrderChange, PurchaseOrder
from apps.procurement.policy.approval_steps import Waiting, roles_of, step_for
from apps.procurement.policy.purchasing import Step
from apps.procurement.selectors.approvals import membership_role, steps_of
from apps.procurement.selectors.words import speakers_roles
from apps.projects.models import ApprovalRule


def roles_in(actor: Actor, order: PurchaseOrder, at: datetime) -> frozenset[str]:
    """What somebody may approve as: by the session and in the project."""
    return roles_of({actor.role, membership_role(actor, order.project_id, at=at)})


def ask_for(
    steps: Iterable[Step],
    *,
    order: PurchaseOrder,
    sha256: str,
    at: datetime,
    change: OrderChange | None = None,
) -> None:
    """Of what the submitted order says, or would say by the change."""
    ApprovalStep.objects.bulk_create(
        ApprovalStep(
            order=order,
            change=change,
            rule_id=decode_id(ApprovalRule.id_prefix, step.rule) if step.rule else None,
            revision=order.revision,
            content_sha256=sha256,
            sequence=step.sequence,
            approver_role=step.approver_role,
            min_approvers=step.min_approvers,
            why=step.why[:300],
            created_at=at,
        )
        for step in steps
    )


def give(
    order: PurchaseOrder,
    *,
    user_id: uuid.UUID,
    session_id: uuid.UUID,
    roles: frozenset[str],
    sha256: str,
    at: datetime,
    change: OrderChange | None = None,
) -> tuple[ApprovalStep | None, bool]:
    """The approver's word for the locked order, or the change of it: the step it counts for, None
    where none was asked for, and whether more is waited for. Raises ConflictError, ForbiddenError
    and SegregationOfDutiesError.
    """
    waiting = Waiting(*steps_of(order, change))
    if not waiting.steps:
        return None, False
    step = step_for(waiting, user_id, roles=roles, sha256=sha256)
    lacks_more = step.min_approvers > 1 and _missing_words([step], at).get(step.pk, 0) > 1
    Approval.objects.create(
        step=step,
        order=order,
        change=change,
        revision=step.revision,
        user_id=user_id,
        session_id=session_id,
        at=at,
    )
    if lacks_more:
        return step, True
    step.ended_at = at
    step.save(update_fields=["ended_at"])
    return step, len(waiting.steps) > 1 or _ask_again(step, at)


def _ask_again(last: ApprovalStep, at: datetime) -> bool:
    """With the last word that a submission waited for: the steps that were filled before by words
    that do not count any more wait once more. Whether there are any.
    """
    filled = ApprovalStep.objects.filter(
        order=last.order_id,
        change=last.change_id,
        revision=last.revision,
        ended_at__isnull=False,
    ).exclude(pk=last.pk)
    lacking = _missing_words(list(filled), at)
    return bool(lacking) and ApprovalStep.objects.filter(pk__in=lacking).update(ended_at=None) > 0


def _missing_words(steps: Collection[ApprovalStep], at: datetime) -> dict[uuid.UUID, int]:
    """How many words each step lacks that lacks some: of those who spoke before, somebody may be
    gone since, or be something else.
    """
    if not steps:
        return {}
    speakers = speakers_roles(steps, at=at)
    found = {
        step.pk: step.min_approvers
        - sum(step.approver_role in roles_of(named) for named in speakers.get(step.pk, ()))
        for step in steps
    }
    return {key: missing for key, missing in found.items() if missing > 0}


def end_steps(order: PurchaseOrder, *, at: datetime) -> None:
    """Nobody is waited for any more; one statement."""
    ApprovalStep.objects.filter(order=order, ended_at__isnull=True).update(ended_at=at)


def end_change_steps(change: OrderChange, *, at: datetime) -> None:
    """The same of a proposal that is decided."""
    change.approval_steps.filter(ended_at__isnull=True).update(ended_at=at)
