"""Ship notices."""

from typing import Any

from django.urls import reverse

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.partners.models import Partner
from apps.procurement.formats.orders import order_path
from apps.procurement.formats.times import instant
from apps.procurement.models import PurchaseOrder, ShipmentLine, ShipmentNotice
from apps.procurement.money import plain
from apps.procurement.states import ShipmentStatus


def shipment_path(shipment: ShipmentNotice) -> str:
    return f"{reverse('api:shipments')}/{shipment.public_id}"


def shipment_body(shipment: ShipmentNotice, actor: Actor) -> dict[str, Any]:
    """Wants a notice read by selectors.shipments."""
    order_id = encode_id(PurchaseOrder.id_prefix, shipment.order_id)
    return {
        "id": shipment.public_id,
        "number": shipment.number,
        "purchase_order": order_id,
        "vendor": encode_id(Partner.id_prefix, shipment.vendor_id),
        "status": shipment.status,
        "revision": shipment.revision,
        "reference": shipment.reference,
        "carrier": shipment.carrier,
        "tracking": shipment.tracking,
        "shipped_at": instant(shipment.shipped_at),
        "eta": shipment.eta.isoformat() if shipment.eta else None,
        "note": shipment.note,
        "lines": [_line(line) for line in shipment.lines.all()],
        "created_at": instant(shipment.created_at),
        "updated_at": instant(shipment.updated_at),
        "withdrawn_at": instant(shipment.withdrawn_at),
        "withdrawal_reason": shipment.withdrawal_reason,
        "links": _links(shipment, order_id, actor),
    }


def _line(line: ShipmentLine) -> dict[str, Any]:
    return {
        "line_no": line.line.line_no,
        "quantity": plain(line.quantity),
        "packages": line.packages,
        "package_unit": line.package_unit,
        "lots": line.lots,
        "serials": line.serials,
    }


def _links(shipment: ShipmentNotice, order_id: str, actor: Actor) -> dict[str, str]:
    path = shipment_path(shipment)
    links = {"self": path, "purchase_order": order_path(order_id)}
    if shipment.status == ShipmentStatus.ANNOUNCED and actor.acts_for_vendor:
        links["withdraw"] = f"{path}/withdraw"
    return links
