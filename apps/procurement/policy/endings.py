"""When an order can be called off."""

from collections.abc import Iterable

from apps.core.errors import InvalidTransitionError
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.states import MOVES, OrderStatus


def require_nothing_moved(
    order: PurchaseOrder, lines: Iterable[PurchaseOrderLine], *, paid: bool
) -> None:
    """An order is cancelled only while nothing is received or invoiced (reference 2c), and nothing
    was ``paid``, though all of it be credited since: it has a refund to wait for. After that it is
    closed. Raises InvalidTransitionError.
    """
    if paid or any(
        line.quantity_received or line.quantity_invoiced or line.amount_invoiced for line in lines
    ):
        others = {str(target) for target in MOVES[order.status].values()} - {OrderStatus.CANCELLED}
        raise InvalidTransitionError(
            "Something was received, invoiced or paid on it already.",
            extra={
                "from": str(order.status),
                "to": OrderStatus.CANCELLED.value,
                "allowed": sorted(others),
            },
        )
