"""Issuing an order to its vendor."""

from typing import Unpack

from django.db import transaction

from apps.core.errors import ConflictError
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.holds import require_not_held
from apps.procurement.policy.parties import next_status
from apps.procurement.selectors.orders import require_open_project
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.reissuing import reissue
from apps.procurement.services.revisions import keep_revision, said_by
from apps.procurement.services.spending import consume
from apps.procurement.services.standing import require_vendor_stands
from apps.procurement.services.writes import advance
from apps.procurement.states import OrderAct, OrderStatus


@transaction.atomic
def issue_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """From here on the vendor sees the order. One that it declined is issued again with the
    change that the buyer has proposed meanwhile.

    Raises what submit_order raises, for the rules may be tighter by now, OrderOnHoldError, and
    ConflictError when the order does not say what was approved, or there is nothing changed to
    issue again.
    """
    order, session_id = begin_for_buyer(asked, "issue")
    require_not_held(order)
    require_open_project(order, actor=asked["actor"], at=asked["at"])
    require_vendor_stands(order, at=asked["at"])
    if order.status == OrderStatus.DECLINED:
        return reissue(order, asked, session_id)
    said = said_by(order)
    if order.status == OrderStatus.APPROVED and order.approved_hash != said.sha256:
        raise ConflictError("What was approved is not what the order says.")
    next_status(order.status, OrderAct.ISSUE)
    decision = consume(order=order, actor=asked["actor"], at=asked["at"])
    advance(order=order, act=OrderAct.ISSUE, at=asked["at"])
    how = circumstances(asked, session_id)
    keep_revision(order=order, act=RevisionAct.ISSUE, said=said, decision=decision, **how)
    return order
