"""Who may approve an order, and what an approval covers (reference 2d.5 and 2d.6)."""

import uuid
from collections.abc import Collection

from apps.core.actor import Actor, ActorKind
from apps.core.errors import ForbiddenError
from apps.partners.models import Role
from apps.procurement.errors import SegregationOfDutiesError
from apps.procurement.money import EXACT
from apps.procurement.policy.costs import sees_costs
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.totals import order_totals

APPROVE_SCOPE = "purchase_orders:approve"


def require_approver(
    actor: Actor, *, requesters: Collection[str], sessions: Collection[uuid.UUID]
) -> uuid.UUID:
    """Invariant 2d.6: a vendor never approves, the requester is never the approver, and no session
    approves what it made, nor does one that it was exchanged for. Returns the person who may.
    Raises SegregationOfDutiesError and ForbiddenError.
    """
    if actor.acts_for_vendor:
        raise SegregationOfDutiesError("A vendor never approves an order.")
    if actor.user_id is None:
        raise ForbiddenError("Only a person may approve.")
    if actor.kind == ActorKind.STAFF and actor.role != Role.APPROVER_ADMIN:
        raise ForbiddenError("Only an administrator may approve.")
    acting = {grant.session_id for grant in actor.grants}
    if actor.id in requesters or acting & set(sessions):
        raise SegregationOfDutiesError("Who asked for it does not approve it.")
    return actor.user_id


def knows_approvers(actor: Actor) -> bool:
    """Who has approved is shown to whoever sees the buyer's costs, and to whoever may approve."""
    return sees_costs(actor) or (not actor.acts_for_vendor and APPROVE_SCOPE in actor.scopes)


def require_not_approver(
    actor: Actor, *, persons: Collection[uuid.UUID | None], sessions: Collection[uuid.UUID | None]
) -> None:
    """Two people agree to what goes beyond the approval: who approved a change does not accept it
    as well, in whatever session. Raises SegregationOfDutiesError.
    """
    acting = {grant.session_id for grant in actor.grants}
    if (actor.user_id is not None and actor.user_id in persons) or acting & set(sessions):
        raise SegregationOfDutiesError("Who approved the change does not accept it as well.")


def exceeded(approved: OrderDraft, proposed: OrderDraft) -> tuple[str, ...]:
    """In what the proposed order goes beyond the approved one (invariant 2d.5): another vendor or
    address to send to, a new line, a larger amount of a line or the whole, a higher price: fewer
    pieces for the same money were not approved. Less is never beyond.
    """
    found = []
    if proposed.vendor != approved.vendor:
        found.append("vendor")
    if proposed.ship_to != approved.ship_to:
        found.append("ship-to")
    if _numbers(proposed) - _numbers(approved):
        found.append("new-line")
    if proposed.currency != approved.currency or _costs_more(approved, proposed):
        found.append("amount")
    return tuple(found)


def _numbers(draft: OrderDraft) -> set[int]:
    return {line.line_no for line in draft.lines}


def _costs_more(approved: OrderDraft, proposed: OrderDraft) -> bool:
    before, after = order_totals(approved), order_totals(proposed)
    nets = dict(zip((line.line_no for line in approved.lines), before.nets, strict=True))
    return (
        after.tax_inclusive > before.tax_inclusive
        or after.tax_exclusive > before.tax_exclusive
        or any(
            net > nets.get(line.line_no, net)
            for line, net in zip(proposed.lines, after.nets, strict=True)
        )
        or _is_dearer(approved, proposed)
    )


def _is_dearer(approved: OrderDraft, proposed: OrderDraft) -> bool:
    """Whether a line's price for as much is higher. Multiplied, not divided: exact."""
    before = {line.line_no: line for line in approved.lines}
    return any(
        EXACT.multiply(line.unit_price, known.price_base_quantity)
        > EXACT.multiply(known.unit_price, line.price_base_quantity)
        for line in proposed.lines
        if (known := before.get(line.line_no))
    )
