"""Receipts, and their reversals."""

from typing import Any

from django.urls import reverse

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.procurement.formats.orders import order_path
from apps.procurement.formats.times import instant
from apps.procurement.models import PurchaseOrder, Receipt, ReceiptLine, ShipmentNotice
from apps.procurement.money import plain
from apps.procurement.states import ReceiptStatus


def receipt_path(receipt: Receipt) -> str:
    return f"{reverse('api:receipts')}/{receipt.public_id}"


def receipt_body(receipt: Receipt, actor: Actor) -> dict[str, Any]:
    """Who posted it is for the buyer's side only. Wants a receipt read by selectors.receipts."""
    order_id = encode_id(PurchaseOrder.id_prefix, receipt.order_id)
    body: dict[str, Any] = {
        "id": receipt.public_id,
        "number": receipt.number,
        "purchase_order": order_id,
        "order_revision": receipt.order_revision,
        "status": receipt.status,
        "revision": receipt.revision,
        "shipment": receipt.shipment_id
        and encode_id(ShipmentNotice.id_prefix, receipt.shipment_id),
        "reversal_of": receipt.reversal_of_id
        and encode_id(Receipt.id_prefix, receipt.reversal_of_id),
        "reversed_by": receipt.reversed_by_id
        and encode_id(Receipt.id_prefix, receipt.reversed_by_id),
        "lines": [_line(line) for line in receipt.lines.all()],
        "note": receipt.note,
        "reason": receipt.reason,
        "posted_at": instant(receipt.posted_at),
        "effective_at": instant(receipt.effective_at),
        "receiver": receipt.receiver,
        "links": _links(receipt, order_id, actor),
    }
    if actor.acts_for_vendor:
        del body["receiver"]
        body["_redacted"] = ["receiver"]
    return body


def _line(line: ReceiptLine) -> dict[str, Any]:
    return {
        "line_no": line.line.line_no,
        "quantity": plain(line.quantity),
        "rejected": plain(line.rejected),
        "reason": line.reason,
    }


def _links(receipt: Receipt, order_id: str, actor: Actor) -> dict[str, str]:
    path = receipt_path(receipt)
    links = {"self": path, "purchase_order": order_path(order_id)}
    if receipt.status == ReceiptStatus.POSTED and not actor.acts_for_vendor:
        links["reverse"] = f"{path}/reverse"
    return links
