"""The authorization context and the event that every act on an order leaves."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.canonical import canonical_digest
from apps.core.models import Insert, written_together
from apps.procurement.models import OrderRevision, PurchaseOrder, RevisionAct
from apps.procurement.policy.effects import told_of_effect
from apps.procurement.policy.purchasing import Decision, decision_document
from apps.procurement.selectors.documents import costs_of, order_content

SALT_BYTES = 16
INSERT_CONTEXT = Insert(OrderRevision)
ACTIONS: dict[str, Action] = {
    RevisionAct.CREATE: Action.ORDER_CREATED,
    RevisionAct.UPDATE: Action.ORDER_UPDATED,
    RevisionAct.SUBMIT: Action.ORDER_SUBMITTED,
    RevisionAct.APPROVE: Action.ORDER_APPROVED,
    RevisionAct.REJECT: Action.ORDER_REJECTED,
    RevisionAct.ISSUE: Action.ORDER_ISSUED,
    RevisionAct.REISSUE: Action.ORDER_ISSUED,
    RevisionAct.ACKNOWLEDGE: Action.ORDER_ACKNOWLEDGED,
    RevisionAct.CHANGE: Action.ORDER_CHANGED,
    RevisionAct.ACCEPT_CHANGE: Action.ORDER_CHANGED,
    RevisionAct.REFUSE_CHANGE: Action.ORDER_CHANGE_REFUSED,
    RevisionAct.WITHDRAW_CHANGE: Action.ORDER_CHANGE_WITHDRAWN,
    RevisionAct.HOLD: Action.ORDER_HELD,
    RevisionAct.RELEASE: Action.ORDER_RELEASED,
    RevisionAct.CANCEL: Action.ORDER_CANCELLED,
    RevisionAct.CLOSE: Action.ORDER_CLOSED,
}


@dataclass(frozen=True)
class Said:
    """What an order says, and the hash of its canonical JSON."""

    content: dict[str, Any]
    sha256: str


def said_by(order: PurchaseOrder) -> Said:
    """Wants the order as the database has it, with its parts."""
    content = order_content(order)
    return Said(content, canonical_digest(content))


@written_together()
def keep_revision(
    *,
    order: PurchaseOrder,
    act: RevisionAct,
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    reason: str = "",
    effective_at: datetime | None = None,
    idempotency_key_sha256: str = "",
    told: dict[str, Any] | None = None,
    private: dict[str, Any] | None = None,
    said: Said | None = None,
    decision: Decision | None = None,
    action: Action | None = None,
) -> OrderRevision:
    """Record what the order now says and by what right, in the caller's transaction: the event and
    the context by one statement.

    Wants the order as the database has it, with its parts. ``told`` joins the event's data,
    ``private`` what of it only the buyer's side reads; ``said`` spares reckoning what the order
    says once more. ``decision`` is why the purchase may be, which is the buyer's business.
    ``action`` is what happened where that is not the act.
    """
    said, cost = said or said_by(order), _cost(order)
    key_sha256 = idempotency_key_sha256 or actor.origin.idempotency_key_sha256
    decided = decision_document(decision) if decision else None
    event = record(
        action=action or ACTIONS[act],
        actor=actor,
        at=at,
        subject=Subject("purchase_order", order.public_id, order.number),
        data={
            "order": order.public_id,
            "number": order.number,
            "revision": order.revision,
            "act": str(act),
            "status": str(order.status),
            "content_sha256": said.sha256,
            "scopes_exercised": list(actor.scopes_exercised),  # A receipt says it of staff too.
            **told_of_effect(effective_at),
            **(told or {}),
        },
        # With what every event repeats of the caller's rights, so that the seal covers the whole
        # context.
        private={
            "reason": reason,
            "idempotency_key_sha256": key_sha256,
            "cost_sha256": canonical_digest(cost),
            **({"decision": decided} if decided else {}),
            **(private or {}),
        },
    )
    context = OrderRevision(
        order=order,
        revision=order.revision,
        act=act,
        status=order.status,
        at=at,
        effective_at=effective_at,
        reason=reason,
        content=said.content,
        content_sha256=said.sha256,
        cost=cost,
        session_id=session_id,
        client_id=actor.client_id,
        subject=actor.id,
        role=actor.role,
        scopes_granted=sorted(actor.scopes),
        scopes_exercised=list(actor.scopes_exercised),
        authorization_details_sha256=actor.authorization_details_sha256,
        policy_version=decision.policy_version if decision else None,
        decision=decided,
        access_token_sha256=actor.token_sha256,
        request_id=actor.origin.request_id,
        idempotency_key_sha256=key_sha256,
        ip=actor.origin.ip,
        event=event,
    )
    INSERT_CONTEXT.row(context)
    return context


def _cost(order: PurchaseOrder) -> dict[str, Any]:
    """Where the lines' cost goes. The event holds its hash, which the buyer's side reads also
    without the right to costs: the salt keeps it from being guessed by trying cost centres.
    """
    return {"salt": secrets.token_hex(SALT_BYTES), "lines": costs_of(order)}
