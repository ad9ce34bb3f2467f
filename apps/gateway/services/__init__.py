"""What the edge writes: answers to requests that may be sent again, and denials."""

from apps.gateway.services.denials import is_denial, record_denial
from apps.gateway.services.idempotency import (
    Answer,
    Repeatable,
    answer_once,
    claim_key,
    purge_expired_records,
    ungated,
)

__all__ = [
    "Answer",
    "Repeatable",
    "answer_once",
    "claim_key",
    "is_denial",
    "purge_expired_records",
    "record_denial",
    "ungated",
]
