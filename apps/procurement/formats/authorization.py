"""The countersigned receipt of an order: what authorised each revision, and the proof of it."""

from typing import Any

from apps.audit.formats import committed_body, keys_address
from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.oauth.models import TokenSession
from apps.procurement.formats.orders import order_path
from apps.procurement.formats.revisions import tells_reason
from apps.procurement.formats.times import instant
from apps.procurement.models import OrderRevision
from apps.procurement.policy.purchasing import BUDGET, decision_without_budget, knows_budget
from apps.procurement.selectors.trace import Authorization, TracedRevision

# Persons, addresses and policy internals (spec 4 no. 5). The leaf holds a salted hash of them.
BUYERS_PART = (
    "subject",
    "role",
    "ip",
    "reason",
    "scopes_granted",
    "authorization_details_sha256",
    "access_token_sha256",
    "idempotency_key_sha256",
    "decision_id",
    "policies",
    "policy_version",
    "decision",
)


def authorization_body(found: Authorization, actor: Actor) -> dict[str, Any]:
    """The vendor gets the public part, and the reasons that are for it; the buyer's side both, but
    for what a project's budget comes to, which it needs the scope for costs for.
    """
    order_id = found.order.public_id
    path = order_path(order_id)
    return {
        "purchase_order": order_id,
        "number": found.order.number,
        "revisions": [_traced(row, actor) for row in found.traced],
        "has_more": found.more,
        "links": {"self": f"{path}/authorization", "purchase_order": path, "keys": keys_address()},
    }


def _traced(traced: TracedRevision, actor: Actor) -> dict[str, Any]:
    revision, proof = traced.revision, traced.proof
    return {
        "id": revision.public_id,
        "revision": revision.revision,
        "act": revision.act,
        "status": revision.status,
        "at": instant(revision.at),
        "effective_at": instant(revision.effective_at),
        "content_sha256": revision.content_sha256,
        "context": _context(revision, actor),
        "event": committed_body(revision.event, whole=_is_told_all(revision, actor)),
        "proof": proof.document() if proof else None,
    }


def _context(revision: OrderRevision, actor: Actor) -> dict[str, Any]:
    public: dict[str, Any] = {
        "session": encode_id(TokenSession.id_prefix, revision.session_id),
        "client_id": revision.client_id,
        "scopes_exercised": revision.scopes_exercised,
        "request_id": revision.request_id,
    }
    told: tuple[str, ...] = BUYERS_PART
    if actor.acts_for_vendor:
        told = ("reason",) if tells_reason(revision, actor) else ()
    shown = {**public, **{name: getattr(revision, name) for name in told}}
    hidden = [name for name in BUYERS_PART if name not in told]
    if not actor.acts_for_vendor and not _is_told_all(revision, actor):
        shown["decision"] = decision_without_budget(shown["decision"])
        hidden.append(BUDGET)
    return {**shown, "_redacted": hidden} if hidden else shown


def _is_told_all(revision: OrderRevision, actor: Actor) -> bool:
    """Whether nothing of the buyer's part is withheld. What the event commits to is shown whole or
    not at all: with an amount taken out it would not verify.
    """
    if actor.acts_for_vendor:
        return False
    decision = revision.decision
    return knows_budget(actor) or not decision or decision == decision_without_budget(decision)
