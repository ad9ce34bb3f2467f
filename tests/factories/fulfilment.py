"""Goods under way, received and taken back, and what a buyer lets pass of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from apps.core.actor import Actor, system_actor
from apps.partners.models import Partner, PartnerKind
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine, Receipt, ShipmentNotice
from apps.procurement.models import Tolerance as ToleranceRow
from apps.procurement.policy.receipts import ReceiptDraft, ReceivedLine
from apps.procurement.policy.shipments import ShipmentDraft, ShippedLine
from apps.procurement.services import (
    announce_shipment,
    post_receipt,
    reverse_receipt,
    set_tolerance,
)
from tests.factories.gateway import ANY_REVISION
from tests.factories.procurement import actor_for, issued
from tests.factories.world import World

RECEIPTS = "/api/v1/receipts"
SHIPMENTS = "/api/v1/shipments"


def buyer_of(order: PurchaseOrder) -> Actor:
    """The buyer's ERP, in the order's project."""
    return actor_for(Partner.objects.get(kind=PartnerKind.INTEGRATION), order.project)


def came(quantity: str = "20", rejected: str = "0", **changes: Any) -> ReceivedLine:
    """So much of line 1."""
    said = {"line_no": 1, "quantity": Decimal(quantity), "rejected": Decimal(rejected)}
    return ReceivedLine(**{**said, **changes})


def received(
    order: PurchaseOrder,
    quantity: str = "20",
    rejected: str = "0",
    *,
    actor: Actor | None = None,
    lines: tuple[ReceivedLine, ...] = (),
    shipment: str = "",
) -> Receipt:
    """A receipt by the buyer's ERP; of line 1 unless ``lines`` say otherwise."""
    draft = ReceiptDraft(
        purchase_order=order.public_id,
        lines=lines or (came(quantity, rejected),),
        shipment=shipment,
    )
    return post_receipt(actor=actor or buyer_of(order), at=datetime.now(tz=UTC), draft=draft)


def taken_back(receipt: Receipt, *, actor: Actor | None = None, **asked: Any) -> Receipt:
    """The receipt that reverses it."""
    told = {"precondition": ANY_REVISION, "reason": "Counted twice", **asked}
    return reverse_receipt(
        actor=actor or buyer_of(receipt.order),
        at=datetime.now(tz=UTC),
        receipt_id=receipt.public_id,
        **told,
    )


def shipped(order: PurchaseOrder, quantity: str = "20", **said: Any) -> ShipmentNotice:
    """So much of line 1 under way, announced by the order's vendor."""
    line = ShippedLine(line_no=1, quantity=Decimal(quantity))
    draft = ShipmentDraft(**{"purchase_order": order.public_id, "lines": (line,), **said})
    actor = actor_for(order.vendor, order.project)
    return announce_shipment(actor=actor, at=datetime.now(tz=UTC), draft=draft)


def tolerance(world: World, category: str = "", **terms: Any) -> ToleranceRow:
    """Nothing passes unless the terms say so."""
    nothing = {"over_receipt_percent": Decimal(0), "price_percent": Decimal(0), "two_way": False}
    return set_tolerance(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        buyer_entity=world.buyer,
        category=category,
        reason="Agreed",
        **{**nothing, **terms},
    )


def delivered(world: World, category: str = "") -> Receipt:
    """Part of an order, announced and received, with a tolerance for it."""
    order = issued(world)
    tolerance(world, category, over_receipt_percent=Decimal(5))
    return received(order, shipment=shipped(order).public_id)


def goods_of(order: PurchaseOrder, quantity: str = "20", **said: Any) -> dict[str, Any]:
    """The body of a receipt or a ship notice: so much of line 1."""
    lines = [{"line_no": 1, "quantity": quantity}]
    return {"purchase_order": order.public_id, "lines": lines, **said}


def counted(order: PurchaseOrder) -> tuple[Decimal, Decimal]:
    """What line 1 counts as received and accepted."""
    line = PurchaseOrderLine.objects.get(order=order, line_no=1)
    return line.quantity_received, line.quantity_accepted


def invoice_counted(order: PurchaseOrder, quantity: str) -> None:
    """So much of line 1 counts as invoiced, as an invoice would have it."""
    PurchaseOrderLine.objects.filter(order=order, line_no=1).update(
        quantity_invoiced=Decimal(quantity), amount_invoiced=Decimal(1)
    )
