"""What the edge writes: answers to requests that may be sent again, and denials."""

from apps.gateway.services.denials import DENIED, record_denial
from apps.gateway.services.idempotency import (
    Answer,
    Repeatable,
    answer_once,
    claim_key,
    purge_expired_records,
)

__all__ = [
    "DENIED",
    "Answer",
    "Repeatable",
    "answer_once",
    "claim_key",
    "purge_expired_records",
    "record_denial",
]
