"""Comparing invoices again that wait for goods, once goods have come."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from apps.core.actor import Actor
from apps.procurement.models import Invoice, PurchaseOrder
from apps.procurement.policy.matching import Finding, findings
from apps.procurement.selectors.invoices import waiting_for_goods
from apps.procurement.selectors.lines import every_locked_line
from apps.procurement.services.comparing import whole_of
from apps.procurement.services.invoice_acts import Held
from apps.procurement.services.matching import settle_findings


def rematch_waiting(
    *, order: PurchaseOrder, receipt_id: str, actor: Actor, at: datetime, session_id: uuid.UUID
) -> None:
    """What the goods make right is corrected, with an event, and the invoice moves on. One of which
    nothing changes is left as it is. Wants the order and its lines locked, and the lines saved.
    """
    waiting = waiting_for_goods(order)
    lines = every_locked_line(order) if waiting else []
    for invoice in waiting:
        invoice.order = order
        found = findings(whole_of(invoice, order, lines))
        if not _is_known(invoice, found):
            settle_findings(
                Held(invoice, order, lines),
                found,
                actor=actor,
                at=at,
                session_id=session_id,
                told={"automatic": True, "receipt": receipt_id},
            )


def _is_known(invoice: Invoice, found: Sequence[Finding]) -> bool:
    """Whether each open exception is found again, in the same numbers."""
    now = {(one.line_id, str(one.kind), one.expected, one.actual) for one in found}
    return all(
        (row.line_id, row.kind, row.expected, row.actual) in now
        for row in invoice.exceptions.all()
        if not row.resolution
    )
