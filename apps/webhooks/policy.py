"""By which right a session's activity is read: a rule without a database."""

from collections.abc import Collection

OWN_SESSIONS, WHOLE_TRAIL = "sessions.own:read", "audit:read"


def right_to_activity(held: Collection[str], *, is_own: bool) -> str:
    """The scope that this takes (reference 3a, 3f). What is one's own is read by the lesser of the
    two, so that nobody needs a stronger sign-in for it, or leaves an event; who has neither is told
    of the lesser.
    """
    by_audit = WHOLE_TRAIL in held and not (is_own and OWN_SESSIONS in held)
    return WHOLE_TRAIL if by_audit else OWN_SESSIONS
