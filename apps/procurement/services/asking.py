"""What every act on an order begins with: its row under lock, the caller's side, and what the
caller has seen of it.
"""

import uuid
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from apps.core.actor import Actor
from apps.gateway.policy import Precondition
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.effects import check_effect
from apps.procurement.policy.granting import require_granted
from apps.procurement.policy.parties import require_buyer
from apps.procurement.selectors.orders import visible_order


class Asked(TypedDict):
    """Who asks for an act on which order, having seen what, when and why. ``at`` is the moment by
    the server's clock, by which all rules go; ``effective_at`` is only recorded.
    """

    actor: Actor
    at: datetime
    order_id: str
    precondition: Precondition
    reason: NotRequired[str]
    effective_at: NotRequired[datetime]
    idempotency_key_sha256: NotRequired[str]


def locked_order(asked: Asked, action: str) -> PurchaseOrder:
    """The order, held until the transaction ends, for an action as tokens' details name it.
    Raises NotFoundError, ProjectClosedError and ActionNotGrantedError.
    """
    order = visible_order(actor=asked["actor"], order_id=asked["order_id"], lock=True)
    require_granted(asked["actor"], order.project_id, action, asked["at"])
    return order


def require_seen(order: PurchaseOrder, asked: Asked) -> None:
    """Raises PreconditionRequiredError, RevisionStaleError, and ValidationFailedError for an act
    that took effect at no time it can have.
    """
    asked["precondition"].require(resource_id=order.public_id, revision=order.revision)
    check_effect(asked.get("effective_at"), created_at=order.created_at, at=asked["at"])


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
        "effective_at": asked.get("effective_at"),
        "idempotency_key_sha256": asked.get("idempotency_key_sha256", ""),
    }
