"""The trail and its log, as far as a caller may see them."""

from apps.webhooks.selectors.activity import KnownSession, known_session, session_activity
from apps.webhooks.selectors.log import (
    checkpoint_of,
    consistency_between,
    latest_checkpoint,
    leaf_at,
    leaf_of,
    proof_of,
)
from apps.webhooks.selectors.trail import OWN_TRAIL, own_trail, sealed_trail

__all__ = [
    "OWN_TRAIL",
    "KnownSession",
    "checkpoint_of",
    "consistency_between",
    "known_session",
    "latest_checkpoint",
    "leaf_at",
    "leaf_of",
    "own_trail",
    "proof_of",
    "sealed_trail",
    "session_activity",
]
