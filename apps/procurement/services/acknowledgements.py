"""The vendor's answers."""

import uuid
from datetime import datetime

from django.db import transaction

from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.gateway.policy import Precondition
from apps.partners.policy.principals import require_same_vendor
from apps.procurement.errors import AlreadySubmittedError
from apps.procurement.models import (
    Acknowledgement,
    AcknowledgementLine,
    PurchaseOrder,
    RevisionAct,
)
from apps.procurement.policy.answer_checks import check_agreement
from apps.procurement.policy.answered_changes import change_in_answer
from apps.procurement.policy.checks import check_answer
from apps.procurement.policy.drafts import Answer
from apps.procurement.policy.granting import require_granted
from apps.procurement.policy.parties import require_vendor
from apps.procurement.selectors.acknowledgements import receipt_confirmed
from apps.procurement.selectors.changes import open_change
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services.proposals import open_proposal
from apps.procurement.services.revisions import keep_revision
from apps.procurement.services.writes import advance
from apps.procurement.states import RESPONSE_ACTS, OrderAct, OrderStatus, Response, Side


@transaction.atomic
def acknowledge_order(
    *,
    actor: Actor,
    at: datetime,
    order_id: str,
    answer: Answer,
    precondition: Precondition,
    idempotency_key_sha256: str = "",
) -> Acknowledgement:
    """What the vendor answers, and where that moves the order.

    AB (received) moves nothing, but is a write of its own like the others: it counts a revision
    and leaves a context, once for each content of the order. CA (accepted with change) comes with
    a proposal of just that change, for the buyer to decide on.

    Raises NotFoundError, ProjectClosedError, ActionNotGrantedError, ForbiddenError,
    PrincipalMismatchError, ValidationFailedError, UnitNotAllowedError, InvalidTransitionError,
    AlreadySubmittedError, and what the precondition raises.
    """
    order = visible_order(actor=actor, order_id=order_id, lock=True)
    require_granted(actor, order.project_id, "acknowledge", at)
    session_id = require_vendor(actor)
    require_same_vendor(answer.vendor, order.vendor_id)
    precondition.require(resource_id=order.public_id, revision=order.revision)
    ordered = {line.line_no: line for line in order.lines.all()}
    check_answer(answer, line_numbers=frozenset(ordered))
    check_agreement(answer, ordered)
    _advance(order, RESPONSE_ACTS[answer.response], at)
    if answer.response == Response.AB:
        _require_news(order)
    acknowledgement = _insert(order, answer, session_id, at)
    told = {"acknowledgement": acknowledgement.public_id, "response": answer.response}
    if answer.response == Response.CA:
        proposal = open_proposal(
            order,
            change_in_answer(answer),
            side=Side.VENDOR,
            session_id=session_id,
            at=at,
            answer=acknowledgement,
        )
        told["change"] = proposal.public_id
    keep_revision(
        order=order,
        act=RevisionAct.ACKNOWLEDGE,
        actor=actor,
        at=at,
        session_id=session_id,
        reason=answer.reason,
        idempotency_key_sha256=idempotency_key_sha256,
        told=told,
    )
    return acknowledgement


def _advance(order: PurchaseOrder, act: OrderAct, at: datetime) -> None:
    """Raises InvalidTransitionError, with what to withdraw first by whom asked for changes."""
    try:
        advance(order=order, act=act, at=at)
    except InvalidTransitionError as error:
        mine = open_change(order, Side.VENDOR)
        if mine is not None and order.status == OrderStatus.CHANGE_REQUESTED:
            error.detail = f"You asked for changes. Withdraw {mine.public_id} first, then answer."
        raise


def _require_news(order: PurchaseOrder) -> None:
    """Rows that say nothing new would grow without end. Raises AlreadySubmittedError."""
    if (earlier := receipt_confirmed(order)) is not None:
        raise AlreadySubmittedError(
            "You have said that you received just this.",
            extra={"acknowledgement": earlier.public_id},
        )


def _insert(
    order: PurchaseOrder, answer: Answer, session_id: uuid.UUID, at: datetime
) -> Acknowledgement:
    acknowledgement = Acknowledgement.objects.create(
        order=order,
        order_revision=order.revision,
        response=answer.response,
        reason=answer.reason,
        session_id=session_id,
        at=at,
    )
    rows = {line.line_no: line for line in order.lines.all()}
    AcknowledgementLine.objects.bulk_create(
        AcknowledgementLine(
            acknowledgement=acknowledgement,
            line=rows[line.line_no],
            code=line.code,
            promised_quantity=line.promised_quantity,
            promised_price=line.promised_price,
            promised_date=line.promised_date,
        )
        for line in answer.lines
    )
    return acknowledgement
