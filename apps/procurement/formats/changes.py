"""Proposals of change."""

from typing import Any

from apps.core.actor import Actor
from apps.procurement.formats.doable import doable
from apps.procurement.formats.orders import order_path
from apps.procurement.formats.times import instant
from apps.procurement.models import OrderChange
from apps.procurement.policy.parties import side_of
from apps.procurement.states import ChangeStatus

OWN, OTHERS = ("withdraw",), ("accept", "refuse")


def change_path(change: OrderChange) -> str:
    return f"{order_path(change.order.public_id)}/changes/{change.public_id}"


def change_body(change: OrderChange, actor: Actor) -> dict[str, Any]:
    """What was approved, and what is beyond it, is for the buyer's side only."""
    body = {
        "id": change.public_id,
        "purchase_order": change.order.public_id,
        "status": change.status,
        "revision": change.revision,
        "proposed_by": change.proposed_by,
        "diff": change.diff,
        "note": change.note,
        "acknowledgement": change.acknowledgement and change.acknowledgement.public_id,
        "base_revision": change.base_revision,
        "resulting_revision": change.resulting_revision,
        "decision_reason": change.decision_reason,
        "created_at": instant(change.created_at),
        "updated_at": instant(change.updated_at),
        "decided_at": instant(change.decided_at),
        "links": _links(change, actor),
    }
    if not actor.acts_for_vendor:
        body |= {"exceeds": change.exceeds, "approved_at": instant(change.approved_at)}
    return body


def _links(change: OrderChange, actor: Actor) -> dict[str, str]:
    """With what the caller may do next, as far as the status and their token go."""
    path = change_path(change)
    own = change.proposed_by == side_of(actor)
    acts = (OWN if own else OTHERS) if change.status == ChangeStatus.PROPOSED else ()
    if acts and change.exceeds and not (change.approved_at or actor.acts_for_vendor):
        acts = ("approve", *acts)
    return {
        "self": path,
        "purchase_order": order_path(change.order.public_id),
        **{act: f"{path}/{act}" for act in doable(acts, actor)},
    }
