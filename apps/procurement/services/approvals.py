"""Approving an order, or sending it back."""

import uuid
from typing import Any, Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.approvals import require_approver
from apps.procurement.policy.parties import next_status
from apps.procurement.selectors.approvals import requesters_of
from apps.procurement.selectors.orders import require_open_project
from apps.procurement.services.approval_steps import end_steps, give, roles_in
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.revisions import keep_revision, said_by
from apps.procurement.services.spending import release
from apps.procurement.services.writes import advance
from apps.procurement.states import OrderAct


@transaction.atomic
def approve_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """One person's word for what the order says now, by somebody who did not ask for it. With the
    last that is waited for, the order is approved.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, ActionNotGrantedError,
    SegregationOfDutiesError, InvalidTransitionError, ConflictError out of turn, and what the
    precondition raises.
    """
    order, user_id, how = _begin(asked, OrderAct.APPROVE)
    at, said = asked["at"], said_by(order)
    require_open_project(order, actor=asked["actor"], at=at)
    step, waiting = give(
        order,
        user_id=user_id,
        session_id=how["session_id"],
        roles=roles_in(asked["actor"], order, at),
        sha256=said.sha256,
        at=at,
    )
    order.approved_hash = "" if waiting else said.sha256
    act = OrderAct.APPROVE_IN_PART if waiting else OrderAct.APPROVE
    advance(order=order, act=act, at=at, also=["approved_hash"])
    keep_revision(
        order=order,
        act=RevisionAct.APPROVE,
        action=Action.ORDER_APPROVAL_GIVEN if waiting else Action.ORDER_APPROVED,
        told={"step": step.public_id} if step else None,
        said=said,
        **how,
    )
    return order


@transaction.atomic
def reject_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """The order is a draft again, nobody is asked any more, and what it was to cost may be spent
    otherwise. Raises what approve_order raises.
    """
    order, _user_id, how = _begin(asked, OrderAct.REJECT)
    end_steps(order, at=asked["at"])
    release(order, at=asked["at"])
    order.approved_hash = ""
    advance(order=order, act=OrderAct.REJECT, at=asked["at"], also=["approved_hash"])
    keep_revision(order=order, act=RevisionAct.REJECT, **how)
    return order


def _begin(asked: Asked, act: OrderAct) -> tuple[PurchaseOrder, uuid.UUID, dict[str, Any]]:
    order, session_id = begin_for_buyer(asked, "approve")
    requesters, sessions = requesters_of(order)
    user_id = require_approver(asked["actor"], requesters=requesters, sessions=sessions)
    next_status(order.status, act)
    return order, user_id, circumstances(asked, session_id)
