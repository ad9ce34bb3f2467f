"""What every act on an order begins with: its row under lock, the caller's side, and what the
caller has seen of it.
"""

import uuid
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from apps.core.actor import Actor
from apps.gateway.policy import Precondition
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.granting import require_granted
from apps.procurement.policy.parties import require_buyer
from apps.procurement.selectors.orders import visible_order


class Asked(TypedDict):
    """Who asks for an act on which order, having seen what, when and why."""

    actor: Actor
    at: datetime
    order_id: str
    precondition: Precondition
    reason: NotRequired[str]
    idempotency_key_sha256: NotRequired[str]


def locked_order(asked: Asked, action: str) -> PurchaseOrder:
    """The order, held until the transaction ends, for an action as tokens' details name it.
    Raises NotFoundError, ProjectClosedError and ActionNotGrantedError.
    """
    order = visible_order(actor=asked["actor"], order_id=asked["order_id"], lock=True)
    require_granted(asked["actor"], order.project_id, action, asked["at"])
    return order


def require_seen(order: PurchaseOrder, asked: Asked) -> None:
    """Raises PreconditionRequiredError and RevisionStaleError."""
    asked["precondition"].require(resource_id=order.public_id, revision=order.revision)


def begin_for_buyer(asked: Asked, action: str) -> tuple[PurchaseOrder, uuid.UUID]:
    """The locked order and the session of the buyer's that acts on it. Raises ForbiddenError, and
    what locked_order and require_seen raise.
    """
    order = locked_order(asked, action)
    session_id = require_buyer(asked["actor"])
    require_seen(order, asked)
    return order, session_id


def circumstances(asked: Asked, session_id: uuid.UUID) -> dict[str, Any]:
    """What a revision keeps of how it came about, as keep_revision takes it."""
    return {
        "actor": asked["actor"],
        "at": asked["at"],
        "session_id": session_id,
        "reason": asked.get("reason", ""),
        "idempotency_key_sha256": asked.get("idempotency_key_sha256", ""),
    }
