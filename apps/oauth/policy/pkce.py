"""Proof Key for Code Exchange, S256 only (RFC 7636, RFC 9700 section 2.1.1)."""

import base64
import hashlib
import re
import secrets

S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def challenge_is_well_formed(challenge: str) -> bool:
    """RFC 7636 section 4.2: BASE64URL of a SHA-256, so 43 characters."""
    return S256_CHALLENGE.fullmatch(challenge) is not None


def verifier_matches(verifier: str, challenge: str) -> bool:
    """RFC 7636 sections 4.1 and 4.6."""
    if VERIFIER.fullmatch(verifier) is None:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)
