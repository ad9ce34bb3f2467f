"""Goods of an order, for its page."""

from collections.abc import Sequence

from apps.identity.admin.cells import EMPTY, tag, to, when
from apps.identity.admin.records import Table
from apps.procurement.models import PurchaseOrder
from apps.procurement.selectors.receipts import told_receipts

SHOWN = 20


def goods_tables(order: PurchaseOrder) -> Sequence[Table]:
    """What is under way and what came, the newest of each."""
    shipments = [
        (to(shipment), tag(shipment.status), shipment.carrier or EMPTY, when(shipment.created_at))
        for shipment in order.shipments.order_by("-id")[:SHOWN]
    ]
    rows = told_receipts().filter(order=order).order_by("-id")[:SHOWN]
    receipts = [(to(receipt), tag(receipt.status), when(receipt.posted_at)) for receipt in rows]
    head = ("Shipment", "Status", "Carrier", "Announced")
    return (
        Table("What is under way", head, shipments, "Nothing was announced."),
        Table("What came", ("Receipt", "Status", "Posted"), receipts, "Nothing was received."),
    )
