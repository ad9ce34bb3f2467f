"""Submitting a draft: what it costs is set aside, and whoever must approve it is asked."""

from typing import Unpack

from django.db import transaction

from apps.procurement.models import PurchaseOrder, RevisionAct
from apps.procurement.policy.parties import next_status
from apps.procurement.policy.purchasing import Outcome
from apps.procurement.selectors.orders import require_open_project
from apps.procurement.services.approval_steps import ask_for
from apps.procurement.services.asking import Asked, begin_for_buyer, circumstances
from apps.procurement.services.revisions import Said, keep_revision, said_by
from apps.procurement.services.spending import CONVERTED, reserve
from apps.procurement.services.splitting import raise_splitting
from apps.procurement.services.standing import require_vendor_stands
from apps.procurement.services.weighing import Weighed
from apps.procurement.services.writes import advance
from apps.procurement.states import OrderAct

SUBMITTED = ("approved_hash", "submitted_at", "submitted_by", *CONVERTED)


@transaction.atomic
def submit_order(**asked: Unpack[Asked]) -> PurchaseOrder:
    """The draft becomes approved, or waits for the approvals that a rule asks for (spec 4 no. 12).
    The approval is of what the order says now.

    Raises NotFoundError, ProjectClosedError, ForbiddenError, ActionNotGrantedError,
    InvalidTransitionError, VendorNotActiveError, what the precondition raises, and what
    PURCHASE_REFUSALS names.
    """
    order, session_id = begin_for_buyer(asked, "submit")
    next_status(order.status, OrderAct.SUBMIT)
    require_open_project(order, actor=asked["actor"], at=asked["at"])
    require_vendor_stands(order, at=asked["at"])
    said = said_by(order)
    weighed = reserve(order=order, actor=asked["actor"], at=asked["at"])
    _move(order, said, weighed, asked)
    how = circumstances(asked, session_id)
    decision = weighed.decision
    keep_revision(order=order, act=RevisionAct.SUBMIT, said=said, decision=decision, **how)
    raise_splitting(order, decision, weighed.series, actor=asked["actor"], at=asked["at"])
    return order


def _move(order: PurchaseOrder, said: Said, weighed: Weighed, asked: Asked) -> None:
    waits = weighed.decision.outcome == Outcome.PENDING_APPROVAL
    order.approved_hash = "" if waits else said.sha256
    order.submitted_at = asked["at"]
    order.submitted_by = asked["actor"].id
    act = OrderAct.SUBMIT_FOR_APPROVAL if waits else OrderAct.SUBMIT
    advance(order=order, act=act, at=asked["at"], also=SUBMITTED)
    ask_for(weighed.decision.steps, order=order, sha256=said.sha256, at=asked["at"])
