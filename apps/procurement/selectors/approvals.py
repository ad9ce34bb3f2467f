"""What of an order was approved, and who asked for it and so does not approve it."""

import uuid
from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.identity.models import User
from apps.oauth.models import TokenSession
from apps.procurement.models import (
    Approval,
    ApprovalStep,
    OrderChange,
    OrderRevision,
    PurchaseOrder,
    RevisionAct,
)
from apps.procurement.states import Side
from apps.projects.models import ProjectMember

AUTHORING = (RevisionAct.CREATE, RevisionAct.UPDATE, RevisionAct.SUBMIT)


def approved_content(order: PurchaseOrder) -> dict[str, Any]:
    """What the order said when it was last approved, from the revision that the approval is bound
    to. Wants an order that was approved.
    """
    bound_to = OrderRevision.objects.filter(order=order, content_sha256=order.approved_hash)
    content: dict[str, Any] = bound_to.values_list("content", flat=True).order_by("revision")[0]
    return content


def requesters_of(order: PurchaseOrder) -> tuple[set[str], set[uuid.UUID]]:
    """Whoever wrote or submitted the order, and the sessions they did it in."""
    rows = OrderRevision.objects.filter(order=order, act__in=AUTHORING).values_list(
        "subject", "session_id"
    )
    subjects, sessions = set(), set()
    for subject, session_id in rows:
        subjects.add(subject)
        sessions.add(session_id)
    return subjects, sessions


def requesters_of_change(change: OrderChange) -> tuple[set[str], set[uuid.UUID]]:
    """Those of the order, and whoever of the buyer's proposed the change."""
    subjects, sessions = requesters_of(change.order)
    if change.proposed_by == Side.BUYER:
        session = change.created_by_session
        sessions.add(session.pk)
        if session.user_id is not None:
            subjects.add(encode_id(User.id_prefix, session.user_id))
    return subjects, sessions


def approving_sessions(change: OrderChange) -> QuerySet[TokenSession]:
    """Those in which somebody gave their word for the change."""
    words = Approval.objects.filter(change=change).values("session")
    given = Q(pk=change.approved_by_session_id) | Q(pk__in=words)
    return TokenSession.objects.filter(given).select_related("client", "partner")


def approval_steps(order: PurchaseOrder) -> QuerySet[ApprovalStep]:
    """What the order was submitted for, each time, with the words that were given."""
    return ApprovalStep.objects.filter(order=order).order_by("pk").prefetch_related("approvals")


def steps_of(
    order: PurchaseOrder, change: OrderChange | None = None
) -> tuple[list[ApprovalStep], dict[uuid.UUID, set[uuid.UUID]]]:
    """The approvals that the order still waits for, or its change, and by step who has given their
    word in this submission, or for the change; two statements.
    """
    steps = list(ApprovalStep.objects.filter(order=order, change=change, ended_at__isnull=True))
    given: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    if steps:
        words = Approval.objects.filter(order=order, change=change, revision=steps[0].revision)
        for step_id, user_id in words.values_list("step_id", "user_id"):
            given[step_id].add(user_id)
    return steps, given


def membership_role(actor: Actor, project_id: uuid.UUID, *, at: datetime) -> str:
    """What a person is in a project beside what their session says; "" for nothing."""
    now = Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    members = ProjectMember.objects.filter(
        now, project=project_id, user=actor.user_id, valid_from__lte=at
    )
    return members.values_list("role", flat=True).first() or ""
