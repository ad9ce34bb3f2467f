"""The authorization context and the event that every act on an order leaves."""

import uuid
from datetime import datetime
from typing import Any

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.canonical import canonical_digest
from apps.procurement.models import OrderRevision, PurchaseOrder, RevisionAct
from apps.procurement.selectors.documents import order_content

ACTIONS: dict[str, Action] = {
    RevisionAct.CREATE: Action.ORDER_CREATED,
    RevisionAct.SUBMIT: Action.ORDER_SUBMITTED,
    RevisionAct.ISSUE: Action.ORDER_ISSUED,
    RevisionAct.ACKNOWLEDGE: Action.ORDER_ACKNOWLEDGED,
}


def keep_revision(
    *,
    order: PurchaseOrder,
    act: RevisionAct,
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    reason: str = "",
    idempotency_key_sha256: str = "",
    told: dict[str, Any] | None = None,
) -> OrderRevision:
    """Record what the order now says and by what right, in the caller's transaction.

    Wants the order as the database has it, with its parts. ``told`` joins the event's data.
    """
    content = order_content(order)
    digest = canonical_digest(content)
    event = record(
        action=ACTIONS[act],
        actor=actor,
        at=at,
        subject=Subject("purchase_order", order.public_id, order.number),
        data={
            "order": order.public_id,
            "number": order.number,
            "revision": order.revision,
            "status": str(order.status),
            "content_sha256": digest,
            "scopes_exercised": list(actor.scopes_exercised),
            **(told or {}),
        },
    )
    return OrderRevision.objects.create(
        order=order,
        revision=order.revision,
        act=act,
        status=order.status,
        at=at,
        reason=reason,
        content=content,
        content_sha256=digest,
        session_id=session_id,
        client_id=actor.client_id,
        subject=actor.id,
        role=actor.role,
        scopes_granted=sorted(actor.scopes),
        scopes_exercised=list(actor.scopes_exercised),
        authorization_details_sha256=actor.authorization_details_sha256,
        access_token_sha256=actor.token_sha256,
        request_id=actor.origin.request_id,
        idempotency_key_sha256=idempotency_key_sha256,
        ip=actor.origin.ip,
        event=event,
    )
