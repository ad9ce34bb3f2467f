"""Orders."""

import json
from functools import cache
from typing import Any

from django.urls import reverse

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.procurement.formats.doable import doable
from apps.procurement.formats.times import instant
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.costs import hidden_groups, sees_costs
from apps.procurement.policy.holds import holds_of
from apps.procurement.policy.parties import side_of
from apps.procurement.selectors.documents import content_with_costs, order_content
from apps.procurement.selectors.order_documents import OrderDocument
from apps.procurement.states import OrderStatus, Side

# What each side may do next, as far as the status goes; doable() tells what the token lets them.
NEXT: dict[Side, dict[str, tuple[str, ...]]] = {
    Side.BUYER: {
        OrderStatus.DRAFT: ("submit", "cancel"),
        OrderStatus.PENDING_APPROVAL: ("approvals", "approve", "reject", "cancel"),
        OrderStatus.APPROVED: ("issue", "cancel"),
        OrderStatus.ISSUED: ("acknowledgements", "changes", "cancel", "close"),
        OrderStatus.ACKNOWLEDGED: ("changes", "cancel", "close"),
        OrderStatus.CHANGE_REQUESTED: ("changes", "cancel"),
        OrderStatus.DECLINED: ("changes", "issue", "cancel"),
    },
    Side.VENDOR: {
        OrderStatus.ISSUED: ("acknowledgements", "changes"),
        OrderStatus.ACKNOWLEDGED: ("changes",),
        OrderStatus.CHANGE_REQUESTED: ("changes",),
    },
}
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@cache
def _orders_path() -> str:
    return reverse("api:purchase-orders")


def order_path(order_id: str) -> str:
    return f"{_orders_path()}/{order_id}"


def order_body(order: PurchaseOrder, actor: Actor) -> dict[str, Any]:
    """With costs for who may see them. Wants an order read by selectors.orders."""
    content = content_with_costs(order) if sees_costs(actor) else order_content(order)
    return {**_state(order, actor), **content, "contract_ref": order.contract_ref}


def order_text(order: OrderDocument, actor: Actor) -> str:
    """The same as JSON text for who may not see costs; what the order says stays the text it is."""
    return f"{_compact(_state(order, actor))[:-1]}, {order.content[1:]}"


def _state(order: PurchaseOrder | OrderDocument, actor: Actor) -> dict[str, Any]:
    """What is shown beside what the order says."""
    public_id = encode_id(PurchaseOrder.id_prefix, order.pk)
    path = order_path(public_id)
    acts = doable(NEXT[side_of(actor)].get(order.status, ()), actor)
    hidden = hidden_groups(actor)
    return {
        "id": public_id,
        "status": order.status,
        "revision": order.revision,
        "receipt_status": order.receipt_status,
        "billing_status": order.billing_status,
        "holds": holds_of(order),
        **({"_redacted": hidden} if hidden else {}),
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at),
        "issued_at": instant(order.issued_at),
        "links": {"self": path, **{name: f"{path}/{name}" for name in acts}},
    }
