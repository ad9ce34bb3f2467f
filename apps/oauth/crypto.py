"""Secrets we generate: a keyed fast hash, for entropy makes stretching pointless (spec 3)."""

import base64
import hashlib
import secrets
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher
from django.utils.crypto import constant_time_compare

from apps.core.crypto import keyed_digest

SECRET_BYTES = 32


def new_secret() -> str:
    """256 bits, 43 characters that need no escaping in a form or a header."""
    return secrets.token_urlsafe(SECRET_BYTES)


def sha256_hex(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def successor_of(refresh_token: str) -> str:
    """The refresh token that follows this one: the same for every retry, unknown without it."""
    digest = keyed_digest("refresh-successor", refresh_token)
    return "rt_" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class KeyedSecretHasher(BasePasswordHasher):
    """Django's hasher interface over the keyed hash: only ever for secrets from new_secret()."""

    algorithm = "keyed_sha256"

    def encode(self, password: str, salt: str) -> str:
        digest = keyed_digest("client-secret", f"{salt}{password}").hex()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.decode(encoded)["algorithm"]}

    def must_update(self, _encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to harden: one round is the design."""
