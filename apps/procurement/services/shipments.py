"""What a vendor tells of goods under way, and takes back."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.gateway.policy import Precondition
from apps.partners.policy.principals import require_same_vendor
from apps.procurement.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    ShipmentLine,
    ShipmentNotice,
)
from apps.procurement.money import plain
from apps.procurement.policy.effects import check_effect, told_of_effect
from apps.procurement.policy.granting import require_entry_valid
from apps.procurement.policy.parties import require_vendor
from apps.procurement.policy.running import require_running
from apps.procurement.policy.shipments import (
    ShipmentDraft,
    check_shipment,
    require_withdrawable,
)
from apps.procurement.selectors.lines import lines_of
from apps.procurement.selectors.orders import visible_order
from apps.procurement.selectors.shipments import is_received, visible_shipment
from apps.procurement.services.numbers import take_number
from apps.procurement.states import DocumentKind, ShipmentStatus

CALLED_OFF = "The order was cancelled."


@transaction.atomic
def announce_shipment(*, actor: Actor, at: datetime, draft: ShipmentDraft) -> ShipmentNotice:
    """Goods of an order are under way. The order stays as it is.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    PrincipalMismatchError, InvalidTransitionError, OrderOnHoldError, ValidationFailedError and
    UnitNotAllowedError.
    """
    order = visible_order(actor=actor, order_id=draft.purchase_order, lock=True, parts=False)
    require_entry_valid(actor, order.project_id, at)
    session_id = require_vendor(actor)
    require_same_vendor(draft.vendor, order.vendor_id)
    require_running(order, what="shipped")
    lines = {line.line_no: line for line in lines_of(order)}
    check_shipment(draft.lines, lines)
    shipment = _shipment(order, draft, session_id, at)
    _insert_lines(shipment, draft, lines)
    shipment.number = take_number(
        document=DocumentKind.SHIPMENT, buyer_entity=order.buyer_entity, at=at
    )
    shipment.save(force_insert=True)
    _record(Action.SHIPMENT_CREATED, shipment, actor=actor, at=at)
    return visible_shipment(actor=actor, shipment_id=shipment.public_id)


@transaction.atomic
def withdraw_shipment(
    *,
    actor: Actor,
    at: datetime,
    shipment_id: str,
    precondition: Precondition,
    reason: str = "",
    effective_at: datetime | None = None,
) -> ShipmentNotice:
    """The goods do not come after all; only until something of them was received.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    InvalidTransitionError, ValidationFailedError for a time it cannot have taken effect at, and
    what the precondition raises.
    """
    shipment = _locked(actor, shipment_id)
    require_entry_valid(actor, shipment.project_id, at)
    session_id = require_vendor(actor)
    precondition.require(resource_id=shipment.public_id, revision=shipment.revision)
    check_effect(effective_at, created_at=shipment.created_at, at=at)
    require_withdrawable(shipment, received=is_received(shipment))
    told = told_of_effect(effective_at)
    _withdraw(shipment, actor=actor, at=at, session_id=session_id, reason=reason, told=told)
    return shipment


def void_shipments(
    order: PurchaseOrder, *, actor: Actor, at: datetime, session_id: uuid.UUID
) -> None:
    """With a locked order that is called off, the buyer ends what was announced of it; nothing of
    that was received, or the order could not be.
    """
    announced = ShipmentNotice.objects.filter(order=order, status=ShipmentStatus.ANNOUNCED)
    for shipment in announced.order_by("id"):
        _withdraw(shipment, actor=actor, at=at, session_id=session_id, reason=CALLED_OFF)


def _withdraw(
    shipment: ShipmentNotice,
    *,
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    reason: str,
    told: Mapping[str, str] | None = None,
) -> None:
    shipment.status = ShipmentStatus.WITHDRAWN
    shipment.revision += 1
    shipment.updated_at = shipment.withdrawn_at = at
    shipment.withdrawn_by_session_id = session_id
    shipment.withdrawal_reason = reason
    shipment.save()
    _record(Action.SHIPMENT_WITHDRAWN, shipment, actor=actor, at=at, told=told)


def _locked(actor: Actor, shipment_id: str) -> ShipmentNotice:
    """The order's row is held, as everybody locks it first; receipts do too."""
    seen = visible_shipment(actor=actor, shipment_id=shipment_id)
    order_id = encode_id(PurchaseOrder.id_prefix, seen.order_id)
    visible_order(actor=actor, order_id=order_id, lock=True, parts=False)
    return visible_shipment(actor=actor, shipment_id=shipment_id)


def _shipment(
    order: PurchaseOrder, draft: ShipmentDraft, session_id: uuid.UUID, at: datetime
) -> ShipmentNotice:
    return ShipmentNotice(
        order=order,
        buyer_entity_id=order.buyer_entity_id,
        project_id=order.project_id,
        vendor_id=order.vendor_id,
        reference=draft.reference,
        carrier=draft.carrier,
        tracking=draft.tracking,
        shipped_at=draft.shipped_at,
        eta=draft.eta,
        note=draft.note,
        created_by_session_id=session_id,
        created_at=at,
        updated_at=at,
    )


def _insert_lines(
    shipment: ShipmentNotice, draft: ShipmentDraft, lines: Mapping[int, PurchaseOrderLine]
) -> None:
    ShipmentLine.objects.bulk_create(
        ShipmentLine(
            shipment=shipment,
            line=lines[one.line_no],
            quantity=one.quantity,
            packages=one.packages,
            package_unit=one.package_unit,
            lots=list(one.lots),
            serials=list(one.serials),
        )
        for one in sorted(draft.lines, key=lambda one: one.line_no)
    )


def _record(
    action: Action,
    shipment: ShipmentNotice,
    *,
    actor: Actor,
    at: datetime,
    told: Mapping[str, str] | None = None,
) -> None:
    lines = shipment.lines.select_related("line")
    record(
        action=action,
        actor=actor,
        at=at,
        subject=Subject("shipment", shipment.public_id, shipment.number),
        data={
            "shipment": shipment.public_id,
            "number": shipment.number,
            "order": encode_id(PurchaseOrder.id_prefix, shipment.order_id),
            "status": str(shipment.status),
            "lines": [
                {"line_no": row.line.line_no, "quantity": plain(row.quantity)} for row in lines
            ],
            **(told or {}),
        },
    )
