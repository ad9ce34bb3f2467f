"""Issuing a declined order again."""

import uuid

from apps.core.errors import ConflictError
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.selectors.changes import open_change
from apps.procurement.services.asking import Asked
from apps.procurement.services.carrying_out import Effect, carry_out, close_changed
from apps.procurement.services.proposals import decide
from apps.procurement.states import ChangeStatus, OrderAct, Side

ISSUED_AGAIN = "The order was issued again with it."
REISSUE = Effect(act=RevisionAct.REISSUE, moves_by=OrderAct.REISSUE, action="issue")


def reissue(order: PurchaseOrder, asked: Asked, session_id: uuid.UUID) -> PurchaseOrder:
    """The declined order, changed as the buyer has proposed, is the vendor's to answer again
    (spec 4 no. 12). Raises ConflictError without such a proposal, and what carry_out raises.
    """
    change = open_change(order, Side.BUYER)
    if change is None:
        raise ConflictError("The vendor declined this. Propose a change, then issue it.")
    change.order = order
    changed = carry_out(change, asked, session_id, REISSUE)
    decide(
        change,
        ChangeStatus.ACCEPTED,
        session_id,
        at=asked["at"],
        reason=ISSUED_AGAIN,
        resulting_revision=changed.revision,
    )
    close_changed(changed, asked, session_id)
    return changed
