"""Calling an order off, and closing it."""

from typing import Unpack

from django.db import transaction

from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.endings import require_nothing_moved
from apps.procurement.policy.parties import next_status
from apps.procurement.selectors.invoices import has_paid_invoice
from apps.procurement.services.approval_steps import end_steps
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.proposals import end_proposals
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.shipments import void_shipments
from apps.procurement.services.spending import release, release_unused
from apps.procurement.services.writes import advance
from apps.procurement.states import OrderAct, OrderStatus

# What both sides read at a proposal; why the buyer ended the order is for the buyer's side.
TOLD = {OrderAct.CANCEL: "The order was cancelled.", OrderAct.CLOSE: "The order was closed."}


@transaction.atomic
def cancel_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """The order is off, and so are the changes proposed to it, the goods announced and the
    approvals it waits for; what it was to cost may be spent again. Only while nothing is received,
    invoiced or paid.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, ActionNotGrantedError,
    InvalidTransitionError, and what the precondition raises.
    """
    return _end(OrderAct.CANCEL, asked)


@transaction.atomic
def close_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """Nothing more is expected of the order; what was neither received nor invoiced may be spent
    again. Raises what cancel_order raises.
    """
    return _end(OrderAct.CLOSE, asked)


def _end(act: OrderAct, asked: Asked) -> PurchaseOrder:
    order, session_id = begin_for_buyer(asked, "cancel")
    next_status(order.status, act)
    if act == OrderAct.CANCEL:
        require_nothing_moved(order, order.lines.all(), paid=has_paid_invoice(order))
        void_shipments(order, actor=asked["actor"], at=asked["at"], session_id=session_id)
    ended = end_proposals(order, session_id, at=asked["at"], reason=TOLD[act])
    give_back = release if act == OrderAct.CANCEL else release_unused
    give_back(order, at=asked["at"])
    if order.status == OrderStatus.PENDING_APPROVAL:
        end_steps(order, at=asked["at"])
    advance(order=order, act=act, at=asked["at"])
    how = circumstances(asked, session_id)
    keep_revision(order=order, act=RevisionAct(act), told=ended.told, private=ended.private, **how)
    return order
