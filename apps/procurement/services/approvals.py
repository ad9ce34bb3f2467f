"""Approving an order, or sending it back."""

from typing import Unpack

from django.db import transaction

from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.approvals import require_approver
from apps.procurement.selectors.approvals import requesters_of
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.revisions import keep_revision, said_by
from apps.procurement.services.writes import advance
from apps.procurement.states import OrderAct


@transaction.atomic
def approve_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """What the order says now is approved, by somebody who did not ask for it.

    Raises SegregationOfDutiesError beside what submit_order raises.
    """
    return _decide(OrderAct.APPROVE, asked)


@transaction.atomic
def reject_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """The order is a draft again. Raises what approve_order raises."""
    return _decide(OrderAct.REJECT, asked)


def _decide(act: OrderAct, asked: Asked) -> PurchaseOrder:
    order, session_id = begin_for_buyer(asked)
    requesters, sessions = requesters_of(order)
    require_approver(asked["actor"], requesters=requesters, sessions=sessions)
    said = said_by(order)
    order.approved_hash = said.sha256 if act == OrderAct.APPROVE else ""
    advance(order=order, act=act, at=asked["at"], also=["approved_hash"])
    how = circumstances(asked, session_id)
    keep_revision(order=order, act=RevisionAct(act), said=said, **how)
    return order
