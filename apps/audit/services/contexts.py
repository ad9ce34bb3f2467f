"""The authorization context that an event repeats, for every allow and deny (reference 3f)."""

from typing import Any

from apps.core.actor import Actor


def told_of_rights(actor: Actor) -> dict[str, Any]:
    """What a partner may see of the rights that were used; of a token's only, for staff in the
    admin exercise no scope. Refused before any was, it says none.
    """
    return {"scopes_exercised": list(actor.scopes_exercised)} if actor.scopes else {}


def context_of(actor: Actor) -> dict[str, Any]:
    """The buyer's part, beside the event's own columns (who, session, client, request, when): in
    which role, what was granted, and hashes of token, limits and Idempotency-Key. The token
    session is the grant. Nothing for those who came with no right of that kind, such as a job.
    """
    if not (actor.role or actor.scopes):
        return {}
    return {
        "role": str(actor.role),
        "scopes_granted": sorted(actor.scopes),
        "authorization_details_sha256": actor.authorization_details_sha256,
        "access_token_sha256": actor.token_sha256,
        "idempotency_key_sha256": actor.origin.idempotency_key_sha256,
    }
