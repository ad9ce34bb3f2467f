"""The trail's readers: searching events, proving them, verifying the whole log."""

from apps.audit.selectors.log import log_size
from apps.audit.selectors.proofs import Proof, inclusion_proof
from apps.audit.selectors.trail import events_naming, search_trail, unsealed_count
from apps.audit.selectors.verification import Verification, verify_log

__all__ = [
    "Proof",
    "Verification",
    "events_naming",
    "inclusion_proof",
    "log_size",
    "search_trail",
    "unsealed_count",
    "verify_log",
]
