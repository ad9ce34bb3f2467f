"""The trail's events as the API shows them to the buyer."""

from typing import Any

from apps.audit.canonical import timestamp
from apps.audit.models import Leaf
from apps.core.ids import encode_id
from apps.oauth.models import TokenSession
from apps.partners.models import Partner


def audit_event_body(leaf: Leaf) -> dict[str, Any]:
    """Wants the leaf with its event."""
    event = leaf.event
    return {
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
