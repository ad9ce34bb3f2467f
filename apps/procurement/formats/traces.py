"""What authorised an order, for staff and the operator."""

from typing import Any

from apps.oauth.models import TokenSession
from apps.procurement.formats.times import instant
from apps.procurement.selectors.trace import TracedRevision


def traced_body(traced: TracedRevision) -> dict[str, Any]:
    """One revision: what was done, by what right, in which session, and the proof of it."""
    revision = traced.revision
    return {
        "order": revision.order.public_id,
        "number": revision.order.number,
        "revision": revision.revision,
        "act": revision.act,
        "status": revision.status,
        "at": instant(revision.at),
        "effective_at": instant(revision.effective_at),
        "reason": revision.reason,
        "content_sha256": revision.content_sha256,
        "client_id": revision.client_id,
        "subject": revision.subject,
        "role": revision.role,
        "scopes_granted": revision.scopes_granted,
        "scopes_exercised": revision.scopes_exercised,
        "decision_id": revision.decision_id,
        "policies": revision.policies,
        "policy_version": revision.policy_version,
        "decision": revision.decision,
        "authorization_details_sha256": revision.authorization_details_sha256,
        "access_token_sha256": revision.access_token_sha256,
        "request_id": revision.request_id,
        "idempotency_key_sha256": revision.idempotency_key_sha256,
        "ip": revision.ip,
        "session": _session(revision.session),
        "event": revision.event.public_id,
        "proof": traced.proof.document() if traced.proof else None,
    }


def _session(session: TokenSession) -> dict[str, Any]:
    return {
        "id": session.public_id,
        "kind": session.kind,
        "client_id": session.client.client_id if session.client else None,
        "client": session.client.name if session.client else None,
        "subject": session.user.email if session.user else None,
        "scopes": session.scopes,
        "opened_at": instant(session.created_at),
        "ended_at": instant(session.ended_at),
        "end_reason": session.end_reason,
    }
