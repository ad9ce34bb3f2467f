"""What the edge writes: answers to requests that may be sent again, and denials."""

from apps.gateway.services.denials import (
    DENIED,
    SIGNALS,
    Signal,
    is_denial,
    named_anothers,
    record_denial,
)
from apps.gateway.services.idempotency import (
    Answer,
    Repeatable,
    answer_once,
    claim_key,
    purge_expired_records,
    ungated,
)

__all__ = [
    "DENIED",
    "SIGNALS",
    "Answer",
    "Repeatable",
    "Signal",
    "answer_once",
    "claim_key",
    "is_denial",
    "named_anothers",
    "purge_expired_records",
    "record_denial",
    "ungated",
]
