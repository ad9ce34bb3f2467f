"""Hashes under a key of ours, for what must be recognised again but not guessed from its hash."""

import hmac

from django.conf import settings


def keyed_digest(purpose: str, value: str) -> bytes:
    """HMAC-SHA-256 under a key derived from CLIENT_SECRET_PEPPER for this purpose alone."""
    key = hmac.digest(settings.CLIENT_SECRET_PEPPER.encode(), purpose.encode(), "sha256")
    return hmac.digest(key, value.encode(), "sha256")
