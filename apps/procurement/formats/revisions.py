"""Revisions of an order: what it said after each act."""

from typing import Any

from apps.core.actor import Actor
from apps.procurement.formats.orders import order_path
from apps.procurement.formats.times import instant
from apps.procurement.models import OrderRevision, RevisionAct
from apps.procurement.policy.costs import COST, sees_costs

CONTENT = "content"
# What one side says to the other about a proposal, who reads it at the proposal too.
SHARED_REASONS = frozenset(
    {
        RevisionAct.CHANGE,
        RevisionAct.ACCEPT_CHANGE,
        RevisionAct.REFUSE_CHANGE,
        RevisionAct.WITHDRAW_CHANGE,
    }
)


def revision_path(order_id: str, revision: OrderRevision) -> str:
    return f"{order_path(order_id)}/revisions/{revision.public_id}"


def tells_reason(revision: OrderRevision, actor: Actor) -> bool:
    """A vendor reads its own reasons, and of the buyer's only what is said to it: why the buyer
    issues or holds an order is not. Wants a revision read by selectors.revisions.
    """
    if not actor.acts_for_vendor or revision.act in SHARED_REASONS:
        return True
    made_by: object = revision.made_by  # type: ignore[attr-defined]  # the selector annotates it
    return made_by == actor.partner_id


def revision_body(
    revision: OrderRevision,
    actor: Actor,
    order_id: str,
    *,
    content: bool,
) -> dict[str, Any]:
    """``content`` on demand, and with it the costs for who may see them; its hash always."""
    hidden = [] if tells_reason(revision, actor) else ["reason"]
    body: dict[str, Any] = {
        "id": revision.public_id,
        "purchase_order": order_id,
        "revision": revision.revision,
        "act": revision.act,
        "status": revision.status,
        "at": instant(revision.at),
        "effective_at": instant(revision.effective_at),
        "reason": revision.reason,
        "content_sha256": revision.content_sha256,
    }
    if hidden:
        del body["reason"]
    if content:
        body[CONTENT] = revision.content
        if sees_costs(actor):
            body[COST] = revision.cost
        else:
            hidden.append(COST)
    if hidden:
        body["_redacted"] = hidden
    body["links"] = {
        "self": revision_path(order_id, revision),
        "purchase_order": order_path(order_id),
    }
    return body
