"""What of an order was approved, and who asked for it and so does not approve it."""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.actor import Actor
from apps.oauth.models import TokenSession
from apps.procurement.models import (
    Approval,
    ApprovalStep,
    OrderChange,
    OrderRevision,
    PurchaseOrder,
)
from apps.procurement.selectors.approvers import (
    Requesters,
    StepsAndWords,
    membership_roles,
    requesters_by_order,
    waiting_steps,
    with_proposer,
)


def approved_content(order: PurchaseOrder) -> dict[str, Any]:
    """What the order said when it was last approved, from the revision that the approval is bound
    to. Wants an order that was approved.
    """
    bound_to = OrderRevision.objects.filter(order=order, content_sha256=order.approved_hash)
    content: dict[str, Any] = bound_to.values_list("content", flat=True).order_by("revision")[0]
    return content


def requesters_of(order: PurchaseOrder) -> Requesters:
    """Whoever wrote or submitted the order, and the sessions they did it in."""
    return requesters_by_order([order.pk])[order.pk]


def requesters_of_change(change: OrderChange) -> Requesters:
    """Those of the order, and whoever of the buyer's proposed the change."""
    return with_proposer(requesters_of(change.order), change)


def approving_sessions(change: OrderChange) -> QuerySet[TokenSession]:
    """Those in which somebody gave their word for the change."""
    words = Approval.objects.filter(change=change).values("session")
    given = Q(pk=change.approved_by_session_id) | Q(pk__in=words)
    return TokenSession.objects.filter(given).select_related("client", "partner")


def approval_steps(order: PurchaseOrder) -> QuerySet[ApprovalStep]:
    """What the order was submitted for, each time, with the words that were given."""
    return ApprovalStep.objects.filter(order=order).order_by("pk").prefetch_related("approvals")


def steps_of(order: PurchaseOrder, change: OrderChange | None = None) -> StepsAndWords:
    """The approvals that the order still waits for, or its change, and by step who has given their
    word in this submission, or for the change; two statements.
    """
    if change is None:
        return waiting_steps(orders=[order.pk])[order.pk]
    return waiting_steps(changes=[change.pk])[change.pk]


def membership_role(actor: Actor, project_id: uuid.UUID, *, at: datetime) -> str:
    """What a person is in a project beside what their session says; "" for nothing."""
    return membership_roles(actor, [project_id], at=at).get(project_id, "")
