"""Whether what waits for an approval waits for the member of staff who looks at it."""

from django.http import HttpRequest

from apps.identity.admin.acts import actor_of, clock
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.services.whose_turn import why_changes_wait, why_orders_wait
from apps.procurement.states import OrderStatus

KEPT = "Your approval was kept. Others must approve it, too."


def why_not_order(request: HttpRequest, order: PurchaseOrder) -> str:
    """Why whoever looks does not approve the order, which waits; "" where they may now."""
    return why_orders_wait([order], actor_of(request), at=clock())[order.pk]


def why_not_change(request: HttpRequest, change: OrderChange) -> str:
    """The same of a change that waits for its approval."""
    return why_changes_wait([change], actor_of(request), at=clock())[change.pk]


def order_waits_for(request: HttpRequest, order: PurchaseOrder) -> str:
    """Whose approval, in words; "" for an order that waits for none."""
    if order.status != OrderStatus.PENDING_APPROVAL:
        return ""
    return in_words(why_not_order(request, order))


def in_words(why_not: str) -> str:
    return f"the approval of somebody else: {why_not}" if why_not else "your approval"
