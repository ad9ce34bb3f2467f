"""Orders that only together reach a threshold: a sign of misuse (reference 2d no. 12 and 5)."""

from datetime import datetime

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.policy.purchasing import Decision
from apps.procurement.policy.purchasing.thresholds import SPLIT
from apps.procurement.services.purchasing.series import Series


def raise_splitting(
    order: PurchaseOrder,
    decision: Decision,
    series: Series,
    *,
    actor: Actor,
    at: datetime,
    change: OrderChange | None = None,
) -> None:
    """Tell of it, wherever approvals are asked for: of the order, or of a change of it. Nothing is
    told where no threshold was reached so. ``actor`` is in whose act it showed: who submits the
    order, but of a change who gives the first word for it, and not whom it is told of; that is the
    event's ``requester``.
    """
    found = [reason for reason in decision.reasons if reason.code == SPLIT]
    if not found:
        return
    record(
        action=Action.ORDER_SPLITTING_SUSPECTED,
        actor=actor,
        at=at,
        subject=Subject("purchase_order", order.public_id, order.number),
        private={
            "order": order.public_id,
            "number": order.number,
            "requester": order.submitted_by,
            "with": [one.number for one in series.orders],
            "why": [reason.detail for reason in found],
            **({"change": change.public_id} if change else {}),
        },
    )
