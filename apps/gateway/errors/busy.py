"""When the database gives up because others are in the way, not because it is away."""

from dataclasses import dataclass, field

from django.db import OperationalError

from apps.core.errors import DomainError

# PostgreSQL's lock_not_available, query_canceled, deadlock_detected and serialization_failure.
BUSY_STATES = frozenset({"55P03", "57014", "40P01", "40001"})


@dataclass(eq=False)
class BusyError(DomainError):
    """Nothing was done, and the same request may be sent again."""

    detail: str = "Others are at work on the same. Nothing was done; send the request again."
    code: str = "temporary-reduced-capacity"
    title: str = "Too much is waiting for the same"
    status: int = 503
    headers: dict[str, str] = field(default_factory=lambda: {"Retry-After": "2"})


def is_busy(error: BaseException) -> bool:
    """Whether a statement waited too long (config/postgresql/waiting.py) or lost a deadlock."""
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and state in BUSY_STATES
