"""Putting holds on an order, and lifting them."""

from typing import Unpack

from django.db import transaction

from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.holds import require_holder, require_other
from apps.procurement.policy.parties import session_of, side_of
from apps.procurement.selectors.invoices import owes
from apps.procurement.services.asking import Asked, circumstances, locked_order, require_seen
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.writes import count_write
from apps.procurement.states import Hold, Side

OWN = {Side.BUYER: Hold.BUYER, Side.VENDOR: Hold.VENDOR}


@transaction.atomic
def hold_order(*, hold: Hold | None = None, **asked: Unpack[Asked]) -> PurchaseOrder:
    """Put a hold on the order, the caller's own side's unless another is named.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, InvalidTransitionError, and what the
    precondition raises.
    """
    return _set(hold, asked, held=True)


@transaction.atomic
def release_order(*, hold: Hold | None = None, **asked: Unpack[Asked]) -> PurchaseOrder:
    """Lift a hold. Raises what hold_order raises."""
    return _set(hold, asked, held=False)


def _set(hold: Hold | None, asked: Asked, *, held: bool) -> PurchaseOrder:
    order, actor = locked_order(asked, "hold"), asked["actor"]
    session_id = session_of(actor)
    chosen = hold or OWN[side_of(actor)]
    require_holder(actor, chosen)
    require_seen(order, asked)
    require_other(order, chosen, held=held, owing=held and owes(order))
    setattr(order, chosen.value, held)
    count_write(order=order, at=asked["at"], also=[chosen.value])
    act = RevisionAct.HOLD if held else RevisionAct.RELEASE
    told = {"hold": chosen.value}
    keep_revision(order=order, act=act, told=told, **circumstances(asked, session_id))
    return order
