"""The buyer's moves of an order through its states."""

from datetime import datetime

from django.db import transaction

from apps.core.actor import Actor
from apps.gateway.policy import Precondition
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.parties import next_status, require_buyer
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services.revisions import keep_revision
from apps.procurement.states import OrderAct, OrderStatus


def submit_order(
    *,
    actor: Actor,
    at: datetime,
    order_id: str,
    precondition: Precondition,
    reason: str = "",
    idempotency_key_sha256: str = "",
) -> PurchaseOrder:
    """The draft becomes approved: with no approval rule that asks for more, submitting is enough
    (spec 4 no. 12).

    Raises NotFoundError, ProjectClosedError, ForbiddenError, InvalidTransitionError, and what the
    precondition raises.
    """
    return _move(
        actor=actor,
        at=at,
        order_id=order_id,
        act=OrderAct.SUBMIT,
        precondition=precondition,
        reason=reason,
        idempotency_key_sha256=idempotency_key_sha256,
    )


def issue_order(
    *,
    actor: Actor,
    at: datetime,
    order_id: str,
    precondition: Precondition,
    reason: str = "",
    idempotency_key_sha256: str = "",
) -> PurchaseOrder:
    """From here on the vendor sees the order. Raises what submit_order raises."""
    return _move(
        actor=actor,
        at=at,
        order_id=order_id,
        act=OrderAct.ISSUE,
        precondition=precondition,
        reason=reason,
        idempotency_key_sha256=idempotency_key_sha256,
    )


@transaction.atomic
def _move(
    *,
    actor: Actor,
    at: datetime,
    order_id: str,
    act: OrderAct,
    precondition: Precondition,
    reason: str,
    idempotency_key_sha256: str,
) -> PurchaseOrder:
    order = visible_order(actor=actor, order_id=order_id, lock=True)
    session_id = require_buyer(actor)
    precondition.require(resource_id=order.public_id, revision=order.revision)
    advance(order=order, act=act, at=at)
    keep_revision(
        order=order,
        act=RevisionAct(act),
        actor=actor,
        at=at,
        session_id=session_id,
        reason=reason,
        idempotency_key_sha256=idempotency_key_sha256,
    )
    return order


def advance(*, order: PurchaseOrder, act: OrderAct, at: datetime) -> None:
    """Move a locked order to where the act leads and count the write.

    Raises InvalidTransitionError.
    """
    order.status = next_status(order.status, act)
    order.revision += 1
    order.updated_at = at
    changed = ["status", "revision", "updated_at"]
    if order.status == OrderStatus.ISSUED and order.issued_at is None:
        order.issued_at = at
        changed.append("issued_at")
    order.save(update_fields=changed)
