"""The trail's readers: searching events, proving them, verifying the whole log."""

from apps.audit.selectors.log import log_size
from apps.audit.selectors.proofs import (
    Proof,
    consistency_path,
    inclusion_proof,
    inclusion_proofs,
    proof_at,
)
from apps.audit.selectors.trail import (
    denials_at,
    events_naming,
    events_of_part,
    search_trail,
    unsealed_count,
)
from apps.audit.selectors.verification import Verification, verify_log

__all__ = [
    "Proof",
    "Verification",
    "consistency_path",
    "denials_at",
    "events_naming",
    "events_of_part",
    "inclusion_proof",
    "inclusion_proofs",
    "log_size",
    "proof_at",
    "search_trail",
    "unsealed_count",
    "verify_log",
]
