"""When goods and money may move on an order (reference 2d no. 4)."""

from apps.core.errors import InvalidTransitionError
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.holds import require_not_held
from apps.procurement.states import MOVES, OrderStatus

RUNNING = frozenset({OrderStatus.ISSUED, OrderStatus.ACKNOWLEDGED})


def require_running(order: PurchaseOrder, *, what: str) -> None:
    """Nothing is shipped, received or invoiced on an order that is not issued, still under
    negotiation, declined, closed, cancelled or held. ``what`` would be done, such as `received`.

    Raises InvalidTransitionError and OrderOnHoldError.
    """
    if order.status not in RUNNING:
        raise InvalidTransitionError(
            f"Nothing is {what} on an order that is {order.status}.",
            extra={
                "from": str(order.status),
                "to": what,
                "allowed": sorted({str(target) for target in MOVES[order.status].values()}),
            },
        )
    require_not_held(order)
