"""When an act took effect outside this system, as whoever acts says: a cancellation agreed by
telephone yesterday. It is recorded and moves no rule: limits, cooling-off, approvals and periods
count by the server's clock (reference 4c).
"""

from datetime import UTC, datetime

from apps.core.errors import FieldError, ValidationFailedError

POINTER = "/effective_at"


def check_effect(effective_at: datetime | None, *, created_at: datetime, at: datetime) -> None:
    """Not in the future, and not before there was anything to act on. Raises
    ValidationFailedError.
    """
    if effective_at is None:
        return
    if effective_at > at:
        _refuse("in-future", "What takes effect later is done later.")
    if effective_at < created_at:
        _refuse("too-early", "Nothing takes effect before what it is about was made.")


def _refuse(code: str, detail: str) -> None:
    fault = FieldError(POINTER, code, detail)
    raise ValidationFailedError("The act cannot have taken effect then.", errors=[fault])


def told_of_effect(effective_at: datetime | None) -> dict[str, str]:
    """What an act's event says of it, to both sides; nothing where nobody said so."""
    if effective_at is None:
        return {}
    return {"effective_at": effective_at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
