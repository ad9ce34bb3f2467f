"""Who asked for orders and changes, who has approved them, and what an approver is in their
projects: of many at once, in as many statements as of one.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.identity.models import User
from apps.procurement.models import (
    Approval,
    ApprovalStep,
    OrderChange,
    OrderRevision,
    RevisionAct,
)
from apps.procurement.states import Side
from apps.projects.models import ProjectMember

AUTHORING = (RevisionAct.CREATE, RevisionAct.UPDATE, RevisionAct.SUBMIT)
Requesters = tuple[set[str], set[uuid.UUID]]
StepsAndWords = tuple[list[ApprovalStep], dict[uuid.UUID, set[uuid.UUID]]]


def requesters_by_order(orders: Collection[uuid.UUID]) -> dict[uuid.UUID, Requesters]:
    """Whoever wrote or submitted each order, and the sessions they did it in; one statement."""
    found: dict[uuid.UUID, Requesters] = {order: (set(), set()) for order in orders}
    rows = OrderRevision.objects.filter(order__in=found, act__in=AUTHORING)
    for order, subject, session in rows.values_list("order_id", "subject", "session_id"):
        subjects, sessions = found[order]
        subjects.add(subject)
        sessions.add(session)
    return found


def with_proposer(requesters: Requesters, change: OrderChange) -> Requesters:
    """The order's, and whoever of the buyer's proposed the change. Wants it with its session."""
    if change.proposed_by != Side.BUYER:
        return requesters
    session = change.created_by_session
    person = {encode_id(User.id_prefix, session.user_id)} if session.user_id else set()
    return requesters[0] | person, requesters[1] | {session.pk}


def waiting_steps(
    *, orders: Collection[uuid.UUID] = (), changes: Collection[uuid.UUID] = ()
) -> dict[uuid.UUID, StepsAndWords]:
    """The approvals that each of these orders still waits for, and each of these changes, and by
    step who has given their word in this submission, or for the change; two statements.
    """
    of = Q(order__in=orders, change__isnull=True) | Q(change__in=changes)
    found: dict[uuid.UUID, StepsAndWords] = {
        key: ([], defaultdict(set)) for key in (*orders, *changes)
    }
    asked = ApprovalStep.objects.filter(of, ended_at__isnull=True)
    for step in asked:
        found[step.change_id or step.order_id][0].append(step)
    if not asked:
        return found
    for word in Approval.objects.filter(of):
        steps, given = found[word.change_id or word.order_id]
        if steps and steps[0].revision == word.revision:
            given[word.step_id].add(word.user_id)
    return found


def membership_roles(
    actor: Actor, projects: Collection[uuid.UUID], *, at: datetime
) -> dict[uuid.UUID, str]:
    """What a person is in these projects beside what their session says."""
    now = Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    members = ProjectMember.objects.filter(
        now, project__in=projects, user=actor.user_id, valid_from__lte=at
    )
    return dict(members.values_list("project_id", "role"))
