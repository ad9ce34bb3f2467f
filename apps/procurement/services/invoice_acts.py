"""What every act on an invoice begins and ends with: its rows under lock, its count, its event."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.gateway.policy import Precondition
from apps.procurement.models import Invoice, PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.deciding import next_invoice_status
from apps.procurement.policy.effects import check_effect
from apps.procurement.policy.granting import require_entry_valid
from apps.procurement.selectors.invoices import visible_invoice
from apps.procurement.selectors.lines import every_locked_line
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services.facets import refresh_facets
from apps.procurement.services.spending import release_unused
from apps.procurement.states import InvoiceAct, OrderStatus

COUNTERS = ("quantity_invoiced", "amount_invoiced")


class AskedOfInvoice(TypedDict):
    """Who asks for an act on which invoice, having seen what, when and why."""

    actor: Actor
    at: datetime
    invoice_id: str
    precondition: Precondition
    reason: NotRequired[str]
    effective_at: NotRequired[datetime]
    idempotency_key_sha256: NotRequired[str]


@dataclass(frozen=True)
class Held:
    """An invoice with its order and the order's lines, all locked. ``lines`` are also those that a
    change took away, which the invoice may name still.
    """

    invoice: Invoice
    order: PurchaseOrder
    lines: list[PurchaseOrderLine]

    @property
    def standing(self) -> list[PurchaseOrderLine]:
        """The lines that the order has now."""
        return [line for line in self.lines if line.removed_in is None]


def hold_invoice(actor: Actor, invoice_id: str, at: datetime) -> Held:
    """The order's row first, then its lines, then the invoice: everybody locks in this order.
    Raises NotFoundError, ProjectClosedError and ActionNotGrantedError.
    """
    seen = visible_invoice(actor=actor, invoice_id=invoice_id)
    order_id = encode_id(PurchaseOrder.id_prefix, seen.order_id)
    order = visible_order(actor=actor, order_id=order_id, lock=True, parts=False)
    require_entry_valid(actor, order.project_id, at)
    lines = every_locked_line(order)
    invoice = visible_invoice(actor=actor, invoice_id=invoice_id, lock=True)
    invoice.order = order
    return Held(invoice, order, lines)


def line_numbers(held: Held) -> dict[int, int]:
    """The numbers of the order's lines, by the invoice's lines that name them."""
    numbers = {line.pk: line.line_no for line in held.lines}
    return {row.pk: numbers[row.line_id] for row in held.invoice.lines.all()}


def begin(asked: AskedOfInvoice) -> Held:
    """The invoice, held, as the caller has seen it. Raises what hold_invoice and the precondition
    raise, and ValidationFailedError for an act that took effect at no time it can have.
    """
    held = hold_invoice(asked["actor"], asked["invoice_id"], asked["at"])
    invoice = held.invoice
    asked["precondition"].require(resource_id=invoice.public_id, revision=invoice.revision)
    check_effect(asked.get("effective_at"), created_at=invoice.created_at, at=asked["at"])
    return held


def move(invoice: Invoice, act: InvoiceAct) -> None:
    """Raises InvalidTransitionError."""
    invoice.status = next_invoice_status(invoice.status, act)


def count_write(invoice: Invoice, *, at: datetime, also: Iterable[str] = ()) -> None:
    """Save a locked invoice whose named fields, and perhaps status, were set."""
    invoice.revision += 1
    invoice.updated_at = at
    invoice.save(update_fields=["status", "revision", "updated_at", *also])


def count_on_lines(held: Held, changes: Iterable[tuple[int, Decimal, Decimal]]) -> None:
    """Add quantity and money to the counters of the order's lines, named by key, below zero when
    they are freed.
    """
    rows = {line.pk: line for line in held.lines}
    changed = []
    for key, quantity, money in changes:
        rows[key].quantity_invoiced += quantity
        rows[key].amount_invoiced += money
        changed.append(rows[key])
    PurchaseOrderLine.everything.bulk_update(changed, COUNTERS)


def count_invoiced(
    held: Held,
    changes: Iterable[tuple[int, Decimal, Decimal]],
    *,
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    idempotency_key_sha256: str = "",
) -> None:
    """Count less on the order's lines than was claimed, and have its facets follow. Of an order
    that is closed, what is neither received nor invoiced any more may be spent again.
    """
    count_on_lines(held, changes)
    refresh_facets(
        order=held.order,
        lines=held.standing,
        actor=actor,
        at=at,
        session_id=session_id,
        idempotency_key_sha256=idempotency_key_sha256,
    )
    if held.order.status == OrderStatus.CLOSED:
        release_unused(held.order, at=at)


def record_on_invoice(
    action: Action,
    invoice: Invoice,
    *,
    actor: Actor,
    at: datetime,
    told: dict[str, Any] | None = None,
    private: dict[str, Any] | None = None,
) -> None:
    """The event of an act. ``told`` joins what the vendor may see too."""
    record(
        action=action,
        actor=actor,
        at=at,
        subject=Subject("invoice", invoice.public_id, invoice.number),
        data={
            "invoice": invoice.public_id,
            "number": invoice.number,
            "order": encode_id(PurchaseOrder.id_prefix, invoice.order_id),
            "revision": invoice.revision,
            "status": str(invoice.status),
            **(told or {}),
        },
        private=private,
    )
