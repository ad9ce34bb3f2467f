"""Receiving what was ordered."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine, Receipt, ShipmentNotice
from apps.procurement.policy.granting import require_entry_valid
from apps.procurement.policy.parties import require_buyer
from apps.procurement.policy.receipts import ReceiptDraft, ReceivedLine, check_receipt
from apps.procurement.policy.running import require_running
from apps.procurement.selectors.lines import locked_lines
from apps.procurement.selectors.orders import require_open_project, visible_order
from apps.procurement.selectors.shipments import shipment_of
from apps.procurement.selectors.tolerances import tolerances_of
from apps.procurement.services.counting import Goods, Moved, keep_receipt
from apps.procurement.states import ShipmentStatus


@transaction.atomic
def post_receipt(
    *, actor: Actor, at: datetime, draft: ReceiptDraft, idempotency_key_sha256: str = ""
) -> Receipt:
    """What came of an order; its lines count it, and its facets follow.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    InvalidTransitionError, OrderOnHoldError, ValidationFailedError, OverReceiptError and
    UnitNotAllowedError.
    """
    order = visible_order(actor=actor, order_id=draft.purchase_order, lock=True, parts=False)
    require_entry_valid(actor, order.project_id, at)
    session_id = require_buyer(actor)
    require_open_project(order, actor=actor, at=at)
    require_running(order, what="received")
    lines = locked_lines(order)
    check_receipt(draft.lines, {line.line_no: line for line in lines}, tolerances_of(order))
    shipment = _shipment(order, draft.shipment)
    goods = Goods(
        order=order,
        lines=lines,
        moved=_moved(draft.lines, lines),
        actor=actor,
        at=at,
        session_id=session_id,
        idempotency_key_sha256=idempotency_key_sha256,
    )
    return keep_receipt(Receipt(shipment=shipment, note=draft.note), goods, Action.RECEIPT_POSTED)


def _moved(received: Iterable[ReceivedLine], lines: Iterable[PurchaseOrderLine]) -> list[Moved]:
    rows = {line.line_no: line for line in lines}
    return [
        Moved(rows[one.line_no], one.quantity, one.rejected, one.reason)
        for one in sorted(received, key=lambda one: one.line_no)
    ]


def _shipment(order: PurchaseOrder, public_id: str) -> ShipmentNotice | None:
    """The notice that announced the goods. Raises ValidationFailedError."""
    if not public_id:
        return None
    shipment = shipment_of(order, public_id)
    if shipment is None or shipment.status != ShipmentStatus.ANNOUNCED:
        code = "not-found" if shipment is None else "withdrawn"
        detail = "The order has no such shipment that stands."
        raise ValidationFailedError(detail, errors=[FieldError("/shipment", code, detail)])
    return shipment
