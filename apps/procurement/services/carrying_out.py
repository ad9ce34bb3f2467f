"""Making an order say what was proposed."""

import uuid
from dataclasses import dataclass
from typing import Any

from apps.procurement.models import OrderChange, PurchaseOrder, RevisionAct
from apps.procurement.policy.approvals import exceeded
from apps.procurement.policy.carrying_out import (
    require_approved,
    require_base,
    require_still_within,
)
from apps.procurement.policy.change_documents import change_of
from apps.procurement.policy.changes import apply_change
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.selectors.approvals import approved_content
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services.asking import Asked, circumstances
from apps.procurement.services.changing import reckoned
from apps.procurement.services.facets import close_when_done
from apps.procurement.services.revisions import keep_revision, said_by
from apps.procurement.services.rewriting import rewrite_order
from apps.procurement.services.spending import CONVERTED
from apps.procurement.services.spending_changes import spend_change
from apps.procurement.services.writes import advance, count_write
from apps.procurement.states import OrderAct


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How an accepted change shows in its order: as which act, and moving it by which, if any.
    ``action`` is what tokens' details and rules must grant for it, beside the change.
    """

    act: RevisionAct
    moves_by: OrderAct | None
    action: str | None = None


def carry_out(
    change: OrderChange, asked: Asked, session_id: uuid.UUID, effect: Effect
) -> PurchaseOrder:
    """Make the locked order say what the proposal says, in a revision of its own. With an
    approver's word for it, what it says now is what was approved; without one, it is within that.

    Raises ConflictError, InvalidTransitionError, ValidationFailedError, and what spend_change
    raises.
    """
    order, said = change.order, said_by(change.order)
    require_base(change, said.sha256)
    require_approved(change)
    wanted, before = change_of(change.diff), draft_of_content(said.content)
    after = apply_change(before, wanted)
    by_vendor = asked["actor"].acts_for_vendor
    require_still_within(change, _beyond(change, after), by_vendor=by_vendor)
    totals = reckoned(order, wanted, before, after)
    decision = spend_change(
        order,
        after,
        totals,
        change=change,
        actor=asked["actor"],
        at=asked["at"],
        action=effect.action,
    )
    changed = [*rewrite_order(order, after, totals), *CONVERTED]
    if effect.moves_by is None:
        count_write(order=order, at=asked["at"], also=changed)
    else:
        advance(order=order, act=effect.moves_by, at=asked["at"], also=changed)
    kept = visible_order(actor=asked["actor"], order_id=order.public_id)
    _keep(kept, change, effect.act, {**circumstances(asked, session_id), "decision": decision})
    return kept


def _beyond(change: OrderChange, after: OrderDraft) -> tuple[str, ...]:
    """In what it exceeds the approval, which may be another than when it was proposed."""
    if change.approved_at is not None:
        return ()
    return exceeded(draft_of_content(approved_content(change.order)), after)


def close_changed(order: PurchaseOrder, asked: Asked, session_id: uuid.UUID) -> None:
    """Once the proposal is decided on: an order that expects nothing more by it closes."""
    close_when_done(
        order=order,
        lines=[*order.lines.all()],
        actor=asked["actor"],
        at=asked["at"],
        session_id=session_id,
        idempotency_key_sha256=asked.get("idempotency_key_sha256", ""),
    )


def _keep(order: PurchaseOrder, change: OrderChange, act: RevisionAct, how: dict[str, Any]) -> None:
    said = said_by(order)
    if change.exceeds:
        order.approved_hash = said.sha256
        order.save(update_fields=["approved_hash"])
    told = {"change": change.public_id, "proposed_by": str(change.proposed_by)}
    keep_revision(order=order, act=act, told=told, said=said, **how)
