"""The buyer's moves of an order towards its vendor."""

from typing import Unpack

from django.db import transaction

from apps.core.errors import ConflictError
from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.holds import require_not_held
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.reissuing import reissue
from apps.procurement.services.revisions import keep_revision, said_by
from apps.procurement.services.standing import require_vendor_stands
from apps.procurement.services.writes import advance
from apps.procurement.states import OrderAct, OrderStatus


@transaction.atomic
def submit_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """The draft becomes approved: with no approval rule that asks for more, submitting is enough
    (spec 4 no. 12). The approval is of what the order says now.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, InvalidTransitionError,
    VendorNotActiveError, and what the precondition raises.
    """
    order, session_id = begin_for_buyer(asked)
    require_vendor_stands(order, at=asked["at"])
    said = said_by(order)
    order.approved_hash = said.sha256
    advance(order=order, act=OrderAct.SUBMIT, at=asked["at"], also=["approved_hash"])
    how = circumstances(asked, session_id)
    keep_revision(order=order, act=RevisionAct.SUBMIT, said=said, **how)
    return order


@transaction.atomic
def issue_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """From here on the vendor sees the order. One that it declined is issued again with the
    change that the buyer has proposed meanwhile.

    Raises what submit_order raises, OrderOnHoldError, and ConflictError when the order does not
    say what was approved, or there is nothing changed to issue again.
    """
    order, session_id = begin_for_buyer(asked)
    require_not_held(order)
    require_vendor_stands(order, at=asked["at"])
    if order.status == OrderStatus.DECLINED:
        return reissue(order, asked, session_id)
    said = said_by(order)
    if order.status == OrderStatus.APPROVED and order.approved_hash != said.sha256:
        raise ConflictError("What was approved is not what the order says.")
    advance(order=order, act=OrderAct.ISSUE, at=asked["at"])
    how = circumstances(asked, session_id)
    keep_revision(order=order, act=RevisionAct.ISSUE, said=said, **how)
    return order
