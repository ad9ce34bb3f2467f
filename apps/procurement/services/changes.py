"""Deciding on a proposal of change: agreeing for the buyer, accepting, refusing, withdrawing."""

import uuid
from typing import Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.procurement.models import OrderChange, RevisionAct
from apps.procurement.policy.approvals import require_approver, require_not_approver
from apps.procurement.policy.change_decisions import (
    require_awaiting_approval,
    require_decidable,
    settles_answer,
)
from apps.procurement.policy.effects import check_effect, told_of_effect
from apps.procurement.policy.parties import require_buyer, session_of, side_of
from apps.procurement.policy.proposing import (
    require_open,
    require_other_side,
    require_own_side,
)
from apps.procurement.selectors.approvals import approving_sessions, requesters_of_change
from apps.procurement.selectors.changes import visible_change
from apps.procurement.selectors.orders import require_open_project
from apps.procurement.services.asking import Asked, circumstances, locked_order
from apps.procurement.services.carrying_out import Effect, carry_out, close_changed
from apps.procurement.services.change_approvals import give_word
from apps.procurement.services.proposals import decide, record_on_change
from apps.procurement.services.purchasing import actor_of_session
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.writes import advance
from apps.procurement.states import ChangeStatus, OrderAct

ACTIONS = {
    OrderAct.REFUSE_CHANGE: Action.ORDER_CHANGE_REFUSED,
    OrderAct.WITHDRAW_CHANGE: Action.ORDER_CHANGE_WITHDRAWN,
}


@transaction.atomic
def approve_change(*, change_id: str, **asked: Unpack[Asked]) -> OrderChange:
    """One person's word of the buyer's for what goes beyond the approval. With the last that the
    buyer's rules ask for the change is approved; the other side still decides.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, SegregationOfDutiesError,
    InvalidTransitionError, what the precondition raises, and what give_word raises.
    """
    actor, at = asked["actor"], asked["at"]
    change = _locked_change(asked, change_id, "approve")
    requesters, sessions = requesters_of_change(change)
    user_id = require_approver(actor, requesters=requesters, sessions=sessions)
    session_id = require_buyer(actor)
    _require_seen(change, asked)
    require_awaiting_approval(change)
    require_open_project(change.order, actor=actor, at=at)
    waits = give_word(change, actor=actor, user_id=user_id, session_id=session_id, at=at)
    if not waits:
        change.approved_by_session_id, change.approved_at = session_id, at
    change.revision += 1
    change.updated_at = at
    change.save(update_fields=["approved_by_session", "approved_at", "revision", "updated_at"])
    kept = {"exceeds": change.exceeds, "reason": asked.get("reason", "")}
    told = told_of_effect(asked.get("effective_at"))
    action = Action.ORDER_APPROVAL_GIVEN if waits else Action.ORDER_CHANGE_APPROVED
    record_on_change(action, change, actor=actor, at=at, told=told, private=kept)
    return change


@transaction.atomic
def accept_change(*, change_id: str, **asked: Unpack[Asked]) -> OrderChange:
    """The order says from now on what the other side proposed, in a new revision.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, InvalidTransitionError,
    SegregationOfDutiesError for who approved it, ConflictError when the order, or its approval, has
    changed since, ValidationFailedError when more has moved meanwhile, VendorNotActiveError for
    more than was ordered, and what the precondition raises.
    """
    change, session_id = _to_decide(asked, change_id, ChangeStatus.ACCEPTED)
    require_other_side(change, side_of(asked["actor"]))
    _require_second_person(change, asked["actor"])
    require_decidable(change)
    require_open_project(change.order, actor=asked["actor"], at=asked["at"])
    effect = Effect(act=RevisionAct.CHANGE, moves_by=None)
    if settles_answer(change):
        effect = Effect(act=RevisionAct.ACCEPT_CHANGE, moves_by=OrderAct.ACCEPT_CHANGE)
    changed = carry_out(change, asked, session_id, effect)
    decide(
        change,
        ChangeStatus.ACCEPTED,
        session_id,
        at=asked["at"],
        reason=asked.get("reason", ""),
        resulting_revision=changed.revision,
    )
    change.order = changed
    close_changed(changed, asked, session_id)
    return change


@transaction.atomic
def refuse_change(*, change_id: str, **asked: Unpack[Asked]) -> OrderChange:
    """The order stays as it is. Raises what accept_change raises, ConflictError apart."""
    change, session_id = _to_decide(asked, change_id, ChangeStatus.REFUSED)
    require_other_side(change, side_of(asked["actor"]))
    require_decidable(change)
    return _turn_down(change, ChangeStatus.REFUSED, OrderAct.REFUSE_CHANGE, asked, session_id)


@transaction.atomic
def withdraw_change(*, change_id: str, **asked: Unpack[Asked]) -> OrderChange:
    """The side that proposed it takes it back; with an answer, the answer too. Raises what
    refuse_change raises.
    """
    change, session_id = _to_decide(asked, change_id, ChangeStatus.WITHDRAWN)
    require_own_side(change, side_of(asked["actor"]))
    return _turn_down(change, ChangeStatus.WITHDRAWN, OrderAct.WITHDRAW_CHANGE, asked, session_id)


def _require_second_person(change: OrderChange, actor: Actor) -> None:
    """Where nothing had to be approved, one is enough."""
    if not change.exceeds or actor.acts_for_vendor:
        return
    given = [actor_of_session(session) for session in approving_sessions(change)]
    require_not_approver(
        actor,
        persons={one.user_id for one in given},
        sessions={grant.session_id for one in given for grant in one.grants},
    )


def _turn_down(
    change: OrderChange, status: ChangeStatus, act: OrderAct, asked: Asked, session_id: uuid.UUID
) -> OrderChange:
    how, settles = circumstances(asked, session_id), settles_answer(change)
    decide(change, status, session_id, at=asked["at"], reason=how["reason"])
    told = {"change": change.public_id, "proposed_by": str(change.proposed_by)}
    if settles:
        advance(order=change.order, act=act, at=asked["at"])
        keep_revision(order=change.order, act=RevisionAct(act), told=told, **how)
        return change
    told = {"reason": how["reason"], **told_of_effect(how["effective_at"])}
    record_on_change(ACTIONS[act], change, actor=asked["actor"], at=asked["at"], told=told)
    return change


def _to_decide(asked: Asked, change_id: str, status: ChangeStatus) -> tuple[OrderChange, uuid.UUID]:
    change = _locked_change(asked, change_id, "change")
    session_id = session_of(asked["actor"])
    _require_seen(change, asked)
    require_open(change, status)
    return change, session_id


def _locked_change(asked: Asked, change_id: str, action: str) -> OrderChange:
    """The order's row first, then the proposal's: everybody locks in this order."""
    order = locked_order(asked, action)
    return visible_change(actor=asked["actor"], order=order, change_id=change_id, lock=True)


def _require_seen(change: OrderChange, asked: Asked) -> None:
    asked["precondition"].require(resource_id=change.public_id, revision=change.revision)
    check_effect(asked.get("effective_at"), created_at=change.created_at, at=asked["at"])
