"""How long a sign-in in a browser lasts (ASVS 5 V7.3; NIST SP 800-63B, AAL2)."""

from datetime import timedelta

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# A visit is noted once a minute: more would write to the database at every click.
NOTED_EVERY = timedelta(minutes=1)


def end_of_sign_in(*, began: float, seen: float, now: float) -> str:
    """Why a sign-in is over, or nothing. All in seconds since 1970."""
    if now - began >= LONGEST.total_seconds():
        return "twelve hours since the sign-in"
    if now - seen >= IDLE.total_seconds():
        return "half an hour without a visit"
    return ""


def should_note_visit(*, seen: float, now: float) -> bool:
    return now - seen >= NOTED_EVERY.total_seconds()
