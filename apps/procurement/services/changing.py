"""What an order would be after a change."""

from collections.abc import Mapping
from typing import Any

from apps.core.errors import ValidationFailedError
from apps.procurement.errors import UnitNotAllowedError
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.buyers_changes import check_vendors_change
from apps.procurement.policy.change_checks import (
    check_change,
    check_difference,
)
from apps.procurement.policy.changes import ChangeDraft, apply_change
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.moved import Moved, check_moved
from apps.procurement.policy.pointing import in_proposal
from apps.procurement.policy.totals import Totals
from apps.procurement.services.drafting import reckon
from apps.procurement.states import Side


def changed_order(
    order: PurchaseOrder,
    content: Mapping[str, Any],
    change: ChangeDraft,
    *,
    side: Side,
    answering: bool,
) -> tuple[OrderDraft, Totals]:
    """The order as the proposal would have it. Whoever proposes names a difference, and a vendor
    keeps to what is its to say; an answer, which was checked by itself, may leave lines out too.

    Raises ValidationFailedError.
    """
    before = draft_of_content(content)
    rows = PurchaseOrderLine.everything.filter(order=order)
    check_change(change, before, taken=frozenset(rows.values_list("line_no", flat=True)))
    if side == Side.VENDOR and not answering:
        check_vendors_change(change)
    after = apply_change(before, change)
    if not answering:
        check_difference(before, after)
    return after, reckoned(order, change, before, after)


def reckoned(
    order: PurchaseOrder, change: ChangeDraft, before: OrderDraft, after: OrderDraft
) -> Totals:
    try:
        totals = reckon(after)
    except (ValidationFailedError, UnitNotAllowedError) as error:
        error.errors = in_proposal(error.errors, change, after)
        raise
    check_moved(before, after, _moved(order))
    return totals


def _moved(order: PurchaseOrder) -> dict[int, Moved]:
    return {
        line.line_no: Moved(
            received=line.quantity_received,
            accepted=line.quantity_accepted,
            invoiced=line.quantity_invoiced,
            amount=line.amount_invoiced,
        )
        for line in order.lines.all()
    }
