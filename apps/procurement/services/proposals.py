"""Proposing a change, and ending proposals with their order."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import ConflictError
from apps.procurement.models import Acknowledgement, OrderChange, PurchaseOrder
from apps.procurement.policy.approvals import exceeded
from apps.procurement.policy.change_documents import diff_document
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.policy.parties import session_of, side_of
from apps.procurement.policy.proposing import is_vendors_to_see, require_proposable
from apps.procurement.selectors.approvals import approved_content
from apps.procurement.selectors.changes import open_change
from apps.procurement.selectors.orders import require_open_project
from apps.procurement.services.approval_steps import end_change_steps
from apps.procurement.services.asking import Asked, locked_order, require_seen
from apps.procurement.services.changing import changed_order
from apps.procurement.services.revisions import said_by
from apps.procurement.services.spending_changes import require_proposable_purchase
from apps.procurement.services.standing import require_vendor_stands
from apps.procurement.states import ChangeStatus, Side


@transaction.atomic
def propose_change(*, change: ChangeDraft, **asked: Unpack[Asked]) -> OrderChange:
    """Tell the other side what the order should say instead.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, InvalidTransitionError,
    ValidationFailedError, VendorNotActiveError for more than was approved, ConflictError while the
    caller's side has a proposal open, what PURCHASE_REFUSALS names, and what the precondition
    raises.
    """
    order, actor = locked_order(asked, "change"), asked["actor"]
    session_id, side = session_of(actor), side_of(actor)
    require_seen(order, asked)
    require_proposable(order, side)
    require_open_project(order, actor=actor, at=asked["at"])
    proposal = open_proposal(
        order, change, side=side, session_id=session_id, at=asked["at"], actor=actor
    )
    if proposal.exceeds and side == Side.BUYER:
        require_vendor_stands(order, at=asked["at"])
    record_on_change(Action.ORDER_CHANGE_PROPOSED, proposal, actor=actor, at=asked["at"])
    return proposal


def open_proposal(
    order: PurchaseOrder,
    change: ChangeDraft,
    *,
    side: Side,
    session_id: uuid.UUID,
    at: datetime,
    answer: Acknowledgement | None = None,
    actor: Actor | None = None,
) -> OrderChange:
    """A proposal to a locked order, checked as if it were accepted now. ``answer`` is what it
    came with; the buyer's ``actor`` proposes what the rules allow. Raises ValidationFailedError,
    ConflictError, and what PURCHASE_REFUSALS names.
    """
    if (other := open_change(order, side)) is not None:
        raise ConflictError(
            "Your side has a proposal open. Withdraw it first.", extra={"change": other.public_id}
        )
    said = said_by(order)
    after, totals = changed_order(order, said.content, change, side=side, answering=bool(answer))
    if actor is not None and side == Side.BUYER:
        require_proposable_purchase(order, after, totals, actor=actor, at=at)
    return OrderChange.objects.create(
        order=order,
        proposed_by=side,
        diff=diff_document(change),
        note=change.note,
        base_revision=order.context_revision,
        base_sha256=said.sha256,
        exceeds=list(exceeded(draft_of_content(approved_content(order)), after)),
        acknowledgement=answer,
        authorization_details=list(actor.authorization_details) if actor else [],
        created_by_session_id=session_id,
        created_at=at,
        updated_at=at,
    )


@dataclass(frozen=True)
class Ended:
    """Proposals that ended with their order, as keep_revision is told of them: those that the
    vendor never saw are named for the buyer's side only.
    """

    told: dict[str, Any]
    private: dict[str, Any]


def end_proposals(
    order: PurchaseOrder, session_id: uuid.UUID, *, at: datetime, reason: str
) -> Ended:
    """With the order, the buyer ends what is proposed to it: its own is withdrawn, the vendor's
    refused. ``reason`` is read by both sides.
    """
    proposals = OrderChange.objects.filter(order=order, status=ChangeStatus.PROPOSED)
    for proposal in proposals:
        own = proposal.proposed_by == Side.BUYER
        status = ChangeStatus.WITHDRAWN if own else ChangeStatus.REFUSED
        decide(proposal, status, session_id, at=at, reason=reason)
    shown = [proposal.public_id for proposal in proposals if is_vendors_to_see(proposal)]
    hidden = [proposal.public_id for proposal in proposals if not is_vendors_to_see(proposal)]
    return Ended(_named(shown), _named(hidden))


def _named(ids: list[str]) -> dict[str, Any]:
    return {"changes_ended": ids} if ids else {}


def decide(
    change: OrderChange,
    status: ChangeStatus,
    session_id: uuid.UUID,
    *,
    at: datetime,
    reason: str,
    resulting_revision: int | None = None,
) -> None:
    """Write down what became of a proposal whose order is locked."""
    change.status = status
    change.revision += 1
    change.updated_at = at
    change.decided_by_session_id = session_id
    change.decided_at = at
    change.decision_reason = reason
    change.resulting_revision = resulting_revision
    change.save()
    if change.exceeds and change.approved_at is None:
        end_change_steps(change, at=at)


def record_on_change(
    action: Action,
    change: OrderChange,
    *,
    actor: Actor,
    at: datetime,
    told: dict[str, Any] | None = None,
    private: dict[str, Any] | None = None,
) -> None:
    """The event of an act on a proposal that leaves the order as it is. ``private`` is for the
    buyer's side only.
    """
    order = change.order
    record(
        action=action,
        actor=actor,
        at=at,
        subject=Subject("purchase_order", order.public_id, order.number),
        data={
            "order": order.public_id,
            "number": order.number,
            "change": change.public_id,
            "proposed_by": str(change.proposed_by),
            "base_revision": change.base_revision,
            **(told or {}),
        },
        private=private,
    )
