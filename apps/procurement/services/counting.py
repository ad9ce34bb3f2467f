"""What an order's lines count of goods, and the rows and events that say so."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine, Receipt, ReceiptLine
from apps.procurement.money import plain
from apps.procurement.selectors.receipts import visible_receipt
from apps.procurement.services.facets import refresh_facets
from apps.procurement.services.numbers import take_number
from apps.procurement.services.rematching import rematch_waiting
from apps.procurement.states import DocumentKind

COUNTERS = ("quantity_received", "quantity_accepted")


@dataclass(frozen=True)
class Moved:
    """How much of a line came, and how much of it was turned away; below zero when reversed."""

    line: PurchaseOrderLine
    quantity: Decimal
    rejected: Decimal
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What moved on an order whose row and lines are locked, and who says so. ``lines`` are all
    that the order has.
    """

    order: PurchaseOrder
    lines: Sequence[PurchaseOrderLine]
    moved: Sequence[Moved]
    actor: Actor
    at: datetime
    session_id: uuid.UUID
    idempotency_key_sha256: str = ""


def keep_receipt(receipt: Receipt, goods: Goods, action: Action, **told: Any) -> Receipt:  # noqa: ANN401 -- JSON
    """Count the goods, compare what waits for them, write the row with its number and lines, and
    record it. Returns it as the caller sees it.
    """
    awaited = _count(goods.moved)
    refresh_facets(
        order=goods.order,
        lines=goods.lines,
        actor=goods.actor,
        at=goods.at,
        session_id=goods.session_id,
        idempotency_key_sha256=goods.idempotency_key_sha256,
    )
    if awaited:
        rematch_waiting(
            order=goods.order,
            receipt_id=receipt.public_id,
            actor=goods.actor,
            at=goods.at,
            session_id=goods.session_id,
        )
    _insert(receipt, goods)
    record(
        action=action,
        actor=goods.actor,
        at=goods.at,
        subject=Subject("receipt", receipt.public_id, receipt.number),
        data={**_told(receipt, goods), **told},
    )
    return visible_receipt(actor=goods.actor, receipt_id=receipt.public_id)


def _count(moved: Iterable[Moved]) -> bool:
    """Whether an invoice waited for some of it: more was invoiced than had been accepted."""
    changed, awaited = [], False
    for one in moved:
        awaited |= one.line.quantity_invoiced > one.line.quantity_accepted
        one.line.quantity_received += one.quantity
        one.line.quantity_accepted += one.quantity - one.rejected
        changed.append(one.line)
    PurchaseOrderLine.objects.bulk_update(changed, COUNTERS)
    return awaited


def _insert(receipt: Receipt, goods: Goods) -> None:
    order, entity = goods.order, goods.order.buyer_entity
    receipt.order = order
    receipt.buyer_entity = entity
    receipt.project_id = order.project_id
    receipt.vendor_id = order.vendor_id
    receipt.order_revision = order.revision
    receipt.receiver = goods.actor.id
    receipt.created_by_session_id = goods.session_id
    receipt.posted_at = goods.at
    ReceiptLine.objects.bulk_create(
        ReceiptLine(
            receipt=receipt,
            line=one.line,
            quantity=one.quantity,
            rejected=one.rejected,
            reason=one.reason,
        )
        for one in goods.moved
    )
    receipt.number = take_number(document=DocumentKind.RECEIPT, buyer_entity=entity, at=goods.at)
    receipt.save(force_insert=True)


def _told(receipt: Receipt, goods: Goods) -> dict[str, Any]:
    return {
        "receipt": receipt.public_id,
        "number": receipt.number,
        "order": goods.order.public_id,
        "order_revision": goods.order.revision,
        "lines": [
            {
                "line_no": one.line.line_no,
                "quantity": plain(one.quantity),
                "rejected": plain(one.rejected),
            }
            for one in goods.moved
        ],
    }
