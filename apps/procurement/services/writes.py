"""Counting the writes of an order. Every one of them leaves a context."""

from collections.abc import Iterable
from datetime import datetime

from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.parties import next_status
from apps.procurement.states import OrderAct, OrderStatus


def advance(*, order: PurchaseOrder, act: OrderAct, at: datetime, also: Iterable[str] = ()) -> None:
    """Move a locked order to where the act leads and count the write; ``also`` names fields that
    were set beside. Raises InvalidTransitionError.
    """
    order.status = next_status(order.status, act)
    changed = ["status", *also]
    if order.status == OrderStatus.ISSUED and order.issued_at is None:
        order.issued_at = at
        changed.append("issued_at")
    count_write(order=order, at=at, also=changed)


def count_write(*, order: PurchaseOrder, at: datetime, also: Iterable[str]) -> None:
    """Save a locked order whose named fields were set."""
    order.revision += 1
    order.context_revision = order.revision
    order.updated_at = at
    order.save(update_fields=["revision", "context_revision", "updated_at", *also])
