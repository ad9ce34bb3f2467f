"""The trail's writers: recording events, sealing them into the log, signing what proves them."""

from apps.audit.services.locks import try_lock
from apps.audit.services.receipts import sign_receipt
from apps.audit.services.recording import Subject, record, record_many
from apps.audit.services.sealing import (
    SealResult,
    TrailDamagedError,
    ensure_signing_key,
    seal_audit,
    seal_pending,
    sign_checkpoint,
)

__all__ = [
    "SealResult",
    "Subject",
    "TrailDamagedError",
    "ensure_signing_key",
    "record",
    "record_many",
    "seal_audit",
    "seal_pending",
    "sign_checkpoint",
    "sign_receipt",
    "try_lock",
]
