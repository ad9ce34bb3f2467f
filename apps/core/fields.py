"""Model fields of our own: text encrypted at rest (AES-256-GCM, key ids, rotation; spec 6)."""

import base64
import hashlib
import os
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
    Lookup = models.Lookup[Any]
else:
    TextField = models.TextField
    Lookup = models.Lookup


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
    try:
        raw = base64.urlsafe_b64decode(body)
        plain = AESGCM(keys[name]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise DecryptionError(f"the value for {context} does not open with key {name}") from error
    return plain.decode()


class EncryptedTextField(TextField):
    """Text encrypted at rest; bound to its table and column, so rows' values cannot be swapped
    between columns. It cannot be searched.
    """

    def _context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"  # noqa: SLF001 -- Django's documented way

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401 -- Django's signature
        plain = super().get_prep_value(value)
        return plain if plain is None else encrypt(plain, context=self._context())

    def from_db_value(self, value: str | None, _expression: object, _connection: object) -> Any:  # noqa: ANN401 -- Django's signature
        return value if value is None else decrypt(value, context=self._context())


@models.UUIDField.register_lookup
class AnyOf(Lookup):
    """`id__any_of=OuterRef("some_array")`: one of an array's values, found by the id's index. A
    list of ids is taken as it is.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ANN401 -- Django's signature
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", (*left_params, *right_params)
