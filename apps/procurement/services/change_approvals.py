"""The approvals of a change: those that the order would ask for if it were submitted so."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from apps.core.actor import Actor
from apps.core.canonical import canonical_digest
from apps.procurement.models import OrderChange
from apps.procurement.policy.approval_steps import require_administrator
from apps.procurement.policy.carrying_out import require_base
from apps.procurement.policy.purchasing import Decision, Purchase, decide
from apps.procurement.policy.purchasing.drafted import purchase_of_draft
from apps.procurement.selectors.approvals import steps_of
from apps.procurement.services.approval_steps import ask_for, give, roles_in
from apps.procurement.services.enforcing import enforce
from apps.procurement.services.purchasing import actor_of_session, amounts_of, rules_for
from apps.procurement.services.purchasing.proposed import would_be
from apps.procurement.services.purchasing.series import Series, series_in_turn
from apps.procurement.services.revisions import Said, said_by
from apps.procurement.services.splitting import raise_splitting
from apps.procurement.states import Side


def give_word(
    change: OrderChange, *, actor: Actor, user_id: uuid.UUID, session_id: uuid.UUID, at: datetime
) -> bool:
    """The approver's word for the change of a locked order, and whether it waits for more. Who is
    asked is settled with the first word; where no rule asks, it is an administrator.

    Raises what approval_steps.give raises, ConflictError when the order says something else by
    now, and ExchangeRateMissingError when it cannot be told who is asked.
    """
    order, said = change.order, said_by(change.order)
    require_base(change, said.sha256)
    roles, sha256 = roles_in(actor, order, at), _sha256(change)
    waiting, _given = steps_of(order, change)
    if not waiting:
        decision, series = _asked(change, said, at)
        raise_splitting(order, decision, series, actor=actor, at=at, change=change)
        if not decision.steps:
            require_administrator(roles)
            return False
        ask_for(decision.steps, order=order, sha256=sha256, at=at, change=change)
    _step, waits = give(
        order,
        user_id=user_id,
        session_id=session_id,
        roles=roles,
        sha256=sha256,
        at=at,
        change=change,
    )
    return waits


def _sha256(change: OrderChange) -> str:
    """Of what the order would say: what it said, and the difference."""
    return canonical_digest({"base_sha256": change.base_sha256, "diff": change.diff})


def _asked(change: OrderChange, said: Said, at: datetime) -> tuple[Decision, Series]:
    decision, series = reckon(change, said, at=at, series_by=series_in_turn)
    return enforce(decision), series


def reckon(
    change: OrderChange, said: Said, *, at: datetime, series_by: Callable[..., Series]
) -> tuple[Decision, Series]:
    """By the approval rules alone that bind whoever of the buyer's proposed it, or else made the
    order. Limits are asked when the change takes effect, and where a policy asks for an approval,
    an administrator's word is enough. ``series_by`` reads the requester's other orders.
    """
    order = change.order
    own = change.proposed_by == Side.BUYER
    buyer = actor_of_session(change.created_by_session if own else order.created_by_session)
    book = rules_for(actor=buyer, project_id=order.project_id, at=at)
    book = replace(book, rules=(), policy_required=False)
    purchase = _purchase(change, said)
    requester = replace(actor_of_session(order.created_by_session), id=order.submitted_by)
    series = series_by(actor=requester, purchase=purchase, book=book, at=at, besides=order.pk)
    decision = decide(
        purchase,
        book,
        at=at,
        amounts=amounts_of(purchase, book, at=at),
        spent={},
        earlier=series.sums,
        action=None,
    )
    return decision, series


def _purchase(change: OrderChange, said: Said) -> Purchase:
    order, after = change.order, would_be(said.content, change.diff)
    return purchase_of_draft(*after, project=order.project_id, vendor=order.vendor_id)
