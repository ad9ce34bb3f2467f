"""Ship notices that a caller may see."""

from django.db.models import Prefetch, QuerySet

from apps.core.actor import Actor
from apps.core.ids import decode_id
from apps.procurement.models import PurchaseOrder, Receipt, ShipmentLine, ShipmentNotice
from apps.procurement.selectors.gates import of_projects, seen_document


def told_shipments() -> QuerySet[ShipmentNotice]:
    """With their lines in one query more."""
    lines = ShipmentLine.objects.select_related("line")
    return ShipmentNotice.objects.prefetch_related(Prefetch("lines", queryset=lines))


def shipments_visible_to(actor: Actor) -> QuerySet[ShipmentNotice]:
    """Of the projects that are open to the caller now, newest first."""
    return of_projects(told_shipments(), actor, actor.open_projects).order_by("-id")


def visible_shipment(*, actor: Actor, shipment_id: str) -> ShipmentNotice:
    """Raises NotFoundError and ProjectClosedError."""
    return seen_document(told_shipments(), actor=actor, public_id=shipment_id, called="shipment")


def shipment_of(order: PurchaseOrder, shipment_id: str) -> ShipmentNotice | None:
    """One of an order that the caller sees."""
    found = decode_id(ShipmentNotice.id_prefix, shipment_id)
    return ShipmentNotice.objects.filter(order=order, pk=found).first() if found else None


def is_received(shipment: ShipmentNotice) -> bool:
    """Whether a receipt that stands refers to it."""
    receipts = Receipt.objects.filter(shipment=shipment, reversal_of__isnull=True)
    return receipts.filter(reversal__isnull=True).exists()
