"""How far an order was delivered and invoiced, kept with the order."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import prefetch_related_objects

from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine, RevisionAct
from apps.procurement.policy.facets import billing_facet, is_fulfilled, receipt_facet
from apps.procurement.selectors.invoices import has_undecided_invoice
from apps.procurement.services.proposals import end_proposals
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.writes import advance
from apps.procurement.states import MOVES, OrderAct

FACETS = ("receipt_status", "billing_status")
FULFILLED = "received and invoiced in full"


def refresh_facets(
    *,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    idempotency_key_sha256: str = "",
) -> None:
    """Reckon the facets from all of the order's lines and count the write, in the caller's
    transaction. Wants order and lines locked, and the lines as they are saved.

    Facets leave no context (spec 4 no. 10). An order that is received and invoiced in full closes,
    which does (reference 2c), unless somebody has still to decide on an invoice: what is rejected
    is invoiced anew.
    """
    order.receipt_status = receipt_facet(lines)
    order.billing_status = billing_facet(lines)
    if close_when_done(
        order=order,
        lines=lines,
        actor=actor,
        at=at,
        session_id=session_id,
        idempotency_key_sha256=idempotency_key_sha256,
    ):
        return
    order.revision += 1
    order.updated_at = at
    order.save(update_fields=["revision", "updated_at", *FACETS])


def close_when_done(
    *,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    actor: Actor,
    at: datetime,
    session_id: uuid.UUID,
    idempotency_key_sha256: str = "",
) -> bool:
    """Close a locked order of which nothing is expected any more, also because a change has it
    expect no more than what came and was invoiced. Whether it did; if so the facets are saved too.
    """
    ends = is_fulfilled(lines) and OrderAct.CLOSE in MOVES[order.status]
    if not ends or has_undecided_invoice(order):
        return False
    _close(order, actor, at, session_id, idempotency_key_sha256)
    return True


def _close(
    order: PurchaseOrder, actor: Actor, at: datetime, session_id: uuid.UUID, key_sha256: str
) -> None:
    ended = end_proposals(order, session_id, at=at, reason=FULFILLED)
    advance(order=order, act=OrderAct.CLOSE, at=at, also=FACETS)
    prefetch_related_objects([order], "lines", "adjustments")
    keep_revision(
        order=order,
        act=RevisionAct.CLOSE,
        actor=actor,
        at=at,
        session_id=session_id,
        reason=FULFILLED,
        idempotency_key_sha256=key_sha256,
        told={"automatic": True, **ended.told},
        private=ended.private,
    )
