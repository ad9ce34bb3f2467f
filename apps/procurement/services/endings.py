"""Calling an order off, and closing it."""

from typing import Unpack

from django.db import transaction

from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.endings import require_nothing_moved
from apps.procurement.policy.parties import next_status
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.proposals import end_proposals
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.writes import advance
from apps.procurement.states import OrderAct


@transaction.atomic
def cancel_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """The order is off, and so are the changes proposed to it. Only while nothing is received or
    invoiced. Raises what submit_order raises.
    """
    return _end(OrderAct.CANCEL, asked)


@transaction.atomic
def close_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """Nothing more is expected of the order. Raises what submit_order raises."""
    return _end(OrderAct.CLOSE, asked)


def _end(act: OrderAct, asked: Asked) -> PurchaseOrder:
    order, session_id = begin_for_buyer(asked)
    next_status(order.status, act)
    if act == OrderAct.CANCEL:
        require_nothing_moved(order, order.lines.all())
    how = circumstances(asked, session_id)
    ended = end_proposals(order, session_id, at=asked["at"], reason=how["reason"])
    advance(order=order, act=act, at=asked["at"])
    told = {"changes_ended": ended} if ended else None
    keep_revision(order=order, act=RevisionAct(act), told=told, **how)
    return order
