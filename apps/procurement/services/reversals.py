"""Taking a receipt back: a row against it, never an edit."""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.gateway.policy import Precondition
from apps.procurement.models import PurchaseOrder, Receipt
from apps.procurement.policy.effects import check_effect, told_of_effect
from apps.procurement.policy.granting import require_entry_valid
from apps.procurement.policy.parties import require_buyer
from apps.procurement.policy.reversals import require_not_invoiced, require_posted
from apps.procurement.policy.running import require_running
from apps.procurement.selectors.lines import locked_lines
from apps.procurement.selectors.orders import visible_order
from apps.procurement.selectors.receipts import visible_receipt
from apps.procurement.selectors.tolerances import tolerances_of
from apps.procurement.services.counting import Goods, Moved, keep_receipt


@transaction.atomic
def reverse_receipt(
    *,
    actor: Actor,
    at: datetime,
    receipt_id: str,
    precondition: Precondition,
    reason: str = "",
    effective_at: datetime | None = None,
    idempotency_key_sha256: str = "",
) -> Receipt:
    """The whole of a receipt is taken back, once. Returns the row that does it.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    InvalidTransitionError, OrderOnHoldError, ConflictError when more was invoiced than would be
    left, ValidationFailedError for a time it cannot have taken effect at, and what the precondition
    raises.
    """
    order, receipt = _locked(actor, receipt_id)
    require_entry_valid(actor, order.project_id, at)
    session_id = require_buyer(actor)
    precondition.require(resource_id=receipt.public_id, revision=receipt.revision)
    check_effect(effective_at, created_at=receipt.posted_at, at=at)
    require_posted(receipt)
    require_running(order, what="received")
    lines = {line.pk: line for line in locked_lines(order)}
    taken = receipt.lines.all()
    require_not_invoiced(taken, lines, tolerances_of(order))
    goods = Goods(
        order=order,
        lines=[*lines.values()],
        moved=[Moved(lines[row.line_id], -row.quantity, -row.rejected) for row in taken],
        actor=actor,
        at=at,
        session_id=session_id,
        idempotency_key_sha256=idempotency_key_sha256,
    )
    reversal = Receipt(
        reversal_of=receipt,
        shipment_id=receipt.shipment_id,
        reason=reason,
        effective_at=effective_at,
    )
    told = {"reverses": receipt.public_id, **told_of_effect(effective_at)}
    return keep_receipt(reversal, goods, Action.RECEIPT_REVERSED, **told)


def _locked(actor: Actor, receipt_id: str) -> tuple[PurchaseOrder, Receipt]:
    """The order's row first, as everybody locks; then the receipt as it is under that lock."""
    receipt = visible_receipt(actor=actor, receipt_id=receipt_id)
    order_id = encode_id(PurchaseOrder.id_prefix, receipt.order_id)
    order = visible_order(actor=actor, order_id=order_id, lock=True, parts=False)
    return order, visible_receipt(actor=actor, receipt_id=receipt_id)
