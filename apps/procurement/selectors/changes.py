"""Proposals of change that a caller may see."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.core.ids import decode_id
from apps.procurement.models import ApprovalStep, OrderChange, PurchaseOrder
from apps.procurement.states import ChangeStatus, Side


def changes_visible_to(actor: Actor, order: PurchaseOrder) -> QuerySet[OrderChange]:
    """Of an order that the caller sees. A vendor sees its own, and the buyer's unless it waits
    for an approval: approvals are the buyer's business (reference 3e).
    """
    changes = OrderChange.objects.filter(order=order).select_related("acknowledgement")
    if actor.acts_for_vendor:
        own = Q(proposed_by=Side.VENDOR)
        return changes.filter(own | Q(exceeds=[]) | Q(approved_at__isnull=False))
    return changes


def visible_change(
    *, actor: Actor, order: PurchaseOrder, change_id: str, lock: bool = False
) -> OrderChange:
    """Raises NotFoundError."""
    found = decode_id(OrderChange.id_prefix, change_id)
    changes = changes_visible_to(actor, order)
    if lock:
        changes = changes.select_for_update(of=("self",), no_key=True)
    change = changes.filter(pk=found).first() if found else None
    if change is None:
        raise NotFoundError("There is no such proposal.")
    change.order = order
    return change


def open_change(order: PurchaseOrder, side: Side) -> OrderChange | None:
    """The proposal that the side has open; there is at most one."""
    return OrderChange.objects.filter(
        order=order, proposed_by=side, status=ChangeStatus.PROPOSED
    ).first()


def changes_without_a_word(order: PurchaseOrder) -> list[OrderChange]:
    """Those that wait for an approval and of which nobody has said anything."""
    asked = Exists(ApprovalStep.objects.filter(change=OuterRef("pk")))
    changes = (
        OrderChange.objects.filter(
            ~asked, ~Q(exceeds=[]), order=order, status=ChangeStatus.PROPOSED, approved_at=None
        )
        .select_related("created_by_session")
        .order_by("pk")
    )
    for change in changes:
        change.order = order
    return list(changes)
