"""Lines of an order that the caller sees."""

from django.db.models import QuerySet

from apps.procurement.models import PurchaseOrder, PurchaseOrderLine


def lines_of(order: PurchaseOrder) -> QuerySet[PurchaseOrderLine]:
    """With what is taken off or added to each, however many there are, in one query more."""
    return PurchaseOrderLine.objects.filter(order=order).prefetch_related("adjustments")


def locked_lines(order: PurchaseOrder) -> list[PurchaseOrderLine]:
    """In the order of their numbers, held until the transaction ends. Wants the order's row locked
    before: everybody locks in this order, so nobody waits in a circle.
    """
    return [line for line in every_locked_line(order) if line.removed_in is None]


def every_locked_line(order: PurchaseOrder) -> list[PurchaseOrderLine]:
    """Those that a change took away too, which invoices may name still. Locked as the others."""
    lines = PurchaseOrderLine.everything.filter(order=order).order_by("line_no")
    return list(lines.select_for_update(no_key=True))
