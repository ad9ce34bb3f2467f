"""Signing keys of any app: making the first one, signing, and reading the published set."""

import json
import time
from datetime import datetime
from threading import Lock
from typing import Any

from django.db import IntegrityError, transaction
from joserfc.jwk import ECKey, Key

from apps.core.models import SigningKeyBase

CACHE_SECONDS = 15.0
_cache: dict[str, tuple[float, list["LoadedKey"]]] = {}
_lock = Lock()


class LoadedKey:
    """A key row with its JOSE key imported once."""

    def __init__(self, row: SigningKeyBase) -> None:
        self.kid = row.kid
        self.algorithm = row.algorithm
        self.state = row.state
        self.public_jwk: dict[str, Any] = row.public_jwk
        self.private: Key = ECKey.import_key(json.loads(row.private_jwk))
        self.public: Key = ECKey.import_key(row.public_jwk)


class NoSigningKeyError(RuntimeError):
    """There is no active key; `manage.py migrate` or the first start makes one."""


def create_active_key(*, model: type[SigningKeyBase], at: datetime) -> None:
    """Make the first ES256 key unless there is an active one; safe to run in two processes."""
    if model._default_manager.filter(state=SigningKeyBase.State.ACTIVE).exists():  # noqa: SLF001 -- Django's documented name
        return
    key = ECKey.generate_key("P-256", private=True)
    kid = key.thumbprint()
    published = {"use": "sig", "alg": "ES256", "kid": kid}
    row = model(
        kid=kid,
        algorithm="ES256",
        private_jwk=json.dumps(key.as_dict(private=True)),
        public_jwk={**key.as_dict(private=False), **published},
        state=SigningKeyBase.State.ACTIVE,
        created_at=at,
        activated_at=at,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return  # Another process made it first, which the constraint decided.
    forget_keys()


def forget_keys() -> None:
    """Drop what this process remembers, after keys were made or changed."""
    with _lock:
        _cache.clear()


def published_keys(model: type[SigningKeyBase]) -> list[LoadedKey]:
    """Every key a verifier should know (next, active, retired), remembered for 15 seconds."""
    name = model._meta.label  # noqa: SLF001 -- Django's documented name
    found = _cache.get(name)
    if found and found[0] > time.monotonic():
        return found[1]
    rows = model._default_manager.exclude(state=SigningKeyBase.State.REVOKED)  # noqa: SLF001 -- as above
    keys = [LoadedKey(row) for row in rows.order_by("created_at", "kid")]
    if keys:
        with _lock:
            _cache[name] = (time.monotonic() + CACHE_SECONDS, keys)
    return keys


def active_key(model: type[SigningKeyBase], algorithm: str = "ES256") -> LoadedKey:
    """Raises NoSigningKeyError."""
    for key in published_keys(model):
        if key.state == SigningKeyBase.State.ACTIVE and key.algorithm == algorithm:
            return key
    raise NoSigningKeyError(f"no active {algorithm} key in {model.__name__}")


def public_jwks(model: type[SigningKeyBase]) -> dict[str, list[dict[str, Any]]]:
    """The JWK set to publish (RFC 7517 section 5)."""
    return {"keys": [key.public_jwk for key in published_keys(model)]}
