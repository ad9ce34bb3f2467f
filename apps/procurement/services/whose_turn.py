"""What waits for this caller's approval now, and why the rest does not: by the rules that the acts
go by, in as many statements for many as for one.
"""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from apps.core.actor import Actor, ActorKind
from apps.core.errors import DomainError
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.policy.approval_steps import (
    Waiting,
    require_administrator,
    roles_of,
    step_for,
)
from apps.procurement.policy.approvals import require_approver
from apps.procurement.selectors import work
from apps.procurement.selectors.approvers import (
    Requesters,
    membership_roles,
    requesters_by_order,
    waiting_steps,
    with_proposer,
)
from apps.projects.selectors import open_projects

# Of a longer queue, so many of those that wait longest are looked at.
LOOKED_AT = 1000
CLOSED = "The order's project is not open any more."
Refusals = dict[uuid.UUID, str]


def orders_to_approve_by(actor: Actor, *, at: datetime) -> QuerySet[PurchaseOrder]:
    """Those that this very caller may approve now."""
    waiting = list(work.orders_to_approve().order_by("submitted_at", "pk")[:LOOKED_AT])
    open_to = _open(why_orders_wait(waiting, actor, at=at))
    return PurchaseOrder.objects.filter(pk__in=open_to)


def changes_to_approve_by(actor: Actor, *, at: datetime) -> QuerySet[OrderChange]:
    """The same of changes."""
    changes = work.changes_to_approve().select_related("order", "created_by_session")
    waiting = list(changes.order_by("pk")[:LOOKED_AT])
    return OrderChange.objects.filter(pk__in=_open(why_changes_wait(waiting, actor, at=at)))


def why_orders_wait(orders: Sequence[PurchaseOrder], actor: Actor, *, at: datetime) -> Refusals:
    """For each of these orders, which wait, why the caller does not approve it now; "" where they
    may.
    """
    asked = waiting_steps(orders=[order.pk for order in orders])
    known = _known(orders, actor, at)
    return {
        order.pk: known.refusal(order, Waiting(*asked[order.pk]), known.requesters[order.pk])
        for order in orders
    }


def why_changes_wait(changes: Sequence[OrderChange], actor: Actor, *, at: datetime) -> Refusals:
    """The same for changes beyond what was approved. Wants them with their order and session. Who
    is asked first for a change is an administrator, whatever the rules: they ask nobody else.
    """
    asked = waiting_steps(changes=[change.pk for change in changes])
    known = _known([change.order for change in changes], actor, at)
    return {
        change.pk: known.refusal(
            change.order,
            Waiting(*asked[change.pk]),
            with_proposer(known.requesters[change.order_id], change),
            otherwise=require_administrator,
        )
        for change in changes
    }


def why_not_decide(order: PurchaseOrder, actor: Actor) -> str:
    """Why the caller has no say in the order at all, be it to send it back; "" where they have."""
    subjects, sessions = requesters_by_order([order.pk])[order.pk]
    return _said(lambda: require_approver(actor, requesters=subjects, sessions=sessions))


@dataclass(frozen=True)
class _Known:
    actor: Actor
    requesters: Mapping[uuid.UUID, Requesters]
    roles: Mapping[uuid.UUID, str]
    closed: Collection[uuid.UUID]

    def refusal(
        self,
        order: PurchaseOrder,
        waiting: Waiting,
        requesters: Requesters,
        *,
        otherwise: Callable[[Collection[str]], None] = lambda _roles: None,
    ) -> str:
        """As approve_order and approve_change refuse. Without steps, ``otherwise`` is asked."""
        roles = roles_of({self.actor.role, self.roles.get(order.project_id, "")})

        def ask() -> None:
            user_id = require_approver(self.actor, requesters=requesters[0], sessions=requesters[1])
            if waiting.steps:
                asked = waiting.steps[0].content_sha256
                step_for(waiting, user_id, roles=roles, sha256=asked)
            else:
                otherwise(roles)

        return CLOSED if order.project_id in self.closed else _said(ask)


def _known(orders: Sequence[PurchaseOrder], actor: Actor, at: datetime) -> _Known:
    projects = {order.project_id for order in orders}
    return _Known(
        actor=actor,
        requesters=requesters_by_order([order.pk for order in orders]),
        roles=membership_roles(actor, projects, at=at),
        closed=_closed_to(actor, projects, at),
    )


def _closed_to(actor: Actor, projects: Collection[uuid.UUID], at: datetime) -> set[uuid.UUID]:
    if actor.kind != ActorKind.STAFF:
        return {*projects} - actor.open_projects
    standing = open_projects(at=at).filter(pk__in=projects)
    return {*projects}.difference(standing.values_list("pk", flat=True))


def _said(ask: Callable[[], object]) -> str:
    try:
        ask()
    except DomainError as error:
        return str(error)
    return ""


def _open(refusals: Refusals) -> list[uuid.UUID]:
    return [key for key, refusal in refusals.items() if not refusal]
