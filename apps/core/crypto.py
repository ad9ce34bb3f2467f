"""What must be read back is encrypted at rest: AES-256-GCM with key ids and rotation (spec 6)."""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class DecryptionError(Exception):
    """No key given in ENCRYPTION_KEYS opens the value, or the value was altered or moved."""


def key_id(key: bytes) -> str:
    return hashlib.sha256(b"countersign-key-id" + key).hexdigest()[:8]


def encrypt(plaintext: str, *, context: str) -> str:
    """`v1.<key id>.<base64url>`. ``context`` is bound in: a value cannot be moved elsewhere."""
    key = settings.ENCRYPTION_KEYS[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plaintext.encode(), context.encode())
    return f"v1.{key_id(key)}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(value: str, *, context: str) -> str:
    """Raises DecryptionError."""
    version, _, rest = value.partition(".")
    name, _, body = rest.partition(".")
    keys = {key_id(key): key for key in settings.ENCRYPTION_KEYS}
    if version != "v1" or name not in keys:
        raise DecryptionError(f"no key {name!r} in ENCRYPTION_KEYS")
    raw = base64.urlsafe_b64decode(body)
    try:
        plain = AESGCM(keys[name]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except InvalidTag as error:
        raise DecryptionError(f"the value for {context} does not open with key {name}") from error
    return plain.decode()
