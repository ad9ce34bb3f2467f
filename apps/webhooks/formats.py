"""The trail's events as the API shows them, and the log's roots and proofs."""

from typing import Any

from django.urls import reverse

from apps.audit.canonical import timestamp
from apps.audit.formats import keys_address
from apps.audit.models import Checkpoint, Leaf
from apps.core.ids import encode_id
from apps.oauth.models import TokenSession
from apps.partners.models import Partner
from apps.webhooks.selectors.log import Consistency

HIDDEN = ["actor.id", "actor.label", "context"]
# Of the buyer's part, what is told of every event that has it; the rest is each action's own.
CONTEXT = (
    "role", "ip", "scopes_granted", "authorization_details_sha256", "access_token_sha256",
    "idempotency_key_sha256", "reason", "signal",
)  # fmt: skip


def audit_event_body(leaf: Leaf, *, whole: bool = True) -> dict[str, Any]:
    """The event as a receipt divides it too (audit.canonical): who acted is the buyer's part, of
    which its kind alone is told unless the ``whole`` is asked for. Wants the leaf with its event.
    """
    event = leaf.event
    shown = {
        "id": event.public_id,
        "sequence": leaf.sequence,
        "at": timestamp(event.at),
        "action": event.action,
        "outcome": event.outcome,
        "actor": {
            "kind": event.actor_kind,
            "id": event.actor_id,
            "label": event.private.get("actor_label", ""),
        },
        "session": event.session_id and encode_id(TokenSession.id_prefix, event.session_id),
        "client_id": event.client_id or None,
        "partner": event.partner_id and encode_id(Partner.id_prefix, event.partner_id),
        "subject": {
            "kind": event.subject_kind,
            "id": event.subject_id,
            "label": event.subject_label,
        },
        "request_id": event.request_id or None,
        "data": event.data,
        "leaf_hash": bytes(leaf.leaf_hash).hex(),
    }
    if not whole:
        return {**shown, "actor": {"kind": event.actor_kind}, "_redacted": HIDDEN}
    return {**shown, "context": _context(event.private)}


def _context(private: dict[str, Any]) -> dict[str, Any]:
    """By what right, as far as the event keeps it; older ones keep less."""
    decision = private.get("decision") or {}
    told = {name: private[name] for name in CONTEXT if name in private}
    return {**told, **({"decision_id": decision["id"]} if decision.get("id") else {})}


def checkpoint_body(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "tree_size": checkpoint.tree_size,
        "root_hash": bytes(checkpoint.root_hash).hex(),
        "at": timestamp(checkpoint.at),
        "checkpoint": checkpoint.signature,
        "links": {
            "self": f"{reverse('api:checkpoints')}/{checkpoint.tree_size}",
            "keys": keys_address(),
        },
    }


def consistency_body(found: Consistency) -> dict[str, Any]:
    return {
        "first": found.first.tree_size,
        "second": found.second.tree_size,
        "path": found.path,
        "first_checkpoint": found.first.signature,
        "second_checkpoint": found.second.signature,
    }
