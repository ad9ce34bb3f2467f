"""Signing keys of any app: making one, signing, verifying, and reading the published set."""

import copy
import json
import time
from collections.abc import Callable, Collection
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry

from apps.core.models import SigningKeyBase

State = SigningKeyBase.State
K = TypeVar("K", bound=SigningKeyBase)
CACHE_SECONDS = 15.0
# A key nobody knows is looked for at once, but a flood of made-up names costs one query a second.
RELOAD_SECONDS = 1.0
RSA_BITS = 2048
KID_CHARACTERS = 64

_MAKERS: dict[str, Callable[[], Key]] = {
    "ES256": lambda: ECKey.generate_key("P-256", private=True),
    "RS256": lambda: RSAKey.generate_key(RSA_BITS, private=True),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519", private=True),
}


class NoSigningKeyError(RuntimeError):
    """There is no active key; `manage.py migrate` or the first start makes one."""


def _without_warning(name: str) -> Any:  # noqa: ANN401 -- the library keeps the class to itself
    algorithm = copy.copy(JWSRegistry.algorithms[name])
    algorithm.security_warning = None
    return algorithm


class SignatureRegistry(JWSRegistry):
    """The library's algorithms without its warning about the name `EdDSA`. RFC 9864 prefers
    `Ed25519`; OpenID Connect, FAPI 2.0 and the clients of both still say `EdDSA`.
    """

    algorithms = {**JWSRegistry.algorithms, "EdDSA": _without_warning("EdDSA")}


def signatures(algorithms: Collection[str]) -> JWSRegistry:
    """What to hand to joserfc's `registry` where EdDSA may be met; nothing but ``algorithms``."""
    return SignatureRegistry(algorithms=list(algorithms))


@lru_cache(maxsize=256)
def _imported(jwk: str) -> Key:
    """Importing an RSA key checks it and takes some 40 ms, so it is done once a process."""
    return import_key(json.loads(jwk))


class LoadedKey:
    """A key row with its JOSE keys, which are imported when first used."""

    def __init__(self, row: SigningKeyBase) -> None:
        self.kid = row.kid
        self.algorithm = row.algorithm
        self.state = row.state
        self.public_jwk: dict[str, Any] = row.public_jwk
        self._private_text = row.private_jwk
        self._public_text = json.dumps(row.public_jwk, sort_keys=True)

    @property
    def private(self) -> Key:
        return _imported(self._private_text)

    @property
    def public(self) -> Key:
        return _imported(self._public_text)


class _Remembered(NamedTuple):
    read_at: float
    keys: list[LoadedKey]


_cache: dict[str, _Remembered] = {}
_lock = Lock()


def new_key(model: type[K], algorithm: str, *, at: datetime, state: str) -> K:
    """An unsaved key of ES256, RS256 or EdDSA (Ed25519), named by its RFC 7638 thumbprint."""
    key = _MAKERS[algorithm]()
    kid = key.thumbprint()
    return model(
        kid=kid,
        algorithm=algorithm,
        private_jwk=json.dumps(key.as_dict(private=True)),
        public_jwk={
            **key.as_dict(private=False),
            "use": "sig",
            "alg": algorithm,
            "kid": kid,
        },
        state=state,
        created_at=at,
        activated_at=at if state == State.ACTIVE else None,
    )


def create_active_key(model: type[K], at: datetime, algorithm: str = "ES256") -> K | None:
    """Make the active key of the algorithm; None when there is one. Safe to run in two processes:
    the database's constraint decides.
    """
    active = model._default_manager.filter(state=State.ACTIVE, algorithm=algorithm)  # noqa: SLF001 -- Django's documented name
    if active.exists():
        return None
    row = new_key(model, algorithm, at=at, state=State.ACTIVE)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    forget_keys_now_and_on_commit()
    return row


def forget_keys() -> None:
    """Drop what this process remembers, after keys were made or changed."""
    with _lock:
        _cache.clear()


def forget_keys_now_and_on_commit() -> None:
    """For within a transaction: another thread may remember what was before until it commits."""
    forget_keys()
    transaction.on_commit(forget_keys)


def published_keys(model: type[SigningKeyBase]) -> list[LoadedKey]:
    """Every key a verifier should know, remembered for 15 seconds: next, active, and retired
    until the model's ``published_for`` is over by the database's clock.
    """
    return _published(model, CACHE_SECONDS).keys


def _published(model: type[SigningKeyBase], not_older: float) -> _Remembered:
    name = model._meta.label  # noqa: SLF001 -- Django's documented name
    found = _cache.get(name)
    now = time.monotonic()
    if found and now - found.read_at < not_older:
        return found
    rows = model._default_manager.exclude(state=State.REVOKED)  # noqa: SLF001 -- as above
    if model.published_for is not None:
        rows = rows.exclude(state=State.RETIRED, retired_at__lte=Now() - model.published_for)
    found = _Remembered(now, [LoadedKey(row) for row in rows.order_by("created_at", "kid")])
    if found.keys:
        with _lock:
            _cache[name] = found
    return found


def active_key(model: type[SigningKeyBase], algorithm: str = "ES256") -> LoadedKey:
    """Raises NoSigningKeyError."""
    for key in published_keys(model):
        if key.state == State.ACTIVE and key.algorithm == algorithm:
            return key
    raise NoSigningKeyError(f"no active {algorithm} key in {model.__name__}")


def published_key(model: type[SigningKeyBase], kid: object) -> LoadedKey | None:
    """The published key of this name. One made a moment ago by another process, after a
    revocation say, is found too.
    """
    for not_older in (CACHE_SECONDS, RELOAD_SECONDS):
        for key in _published(model, not_older).keys:
            if key.kid == kid:
                return key
    return None


def verification_key(model: type[SigningKeyBase], kid: object) -> LoadedKey | None:
    """The key of this name for checking what may be old (an ID token hint): also one that is
    retired and no longer published, never one that is revoked.
    """
    found = published_key(model, kid)
    if found or not isinstance(kid, str) or len(kid) > KID_CHARACTERS or "\x00" in kid:
        return found
    row = model._default_manager.filter(kid=kid, state=State.RETIRED).first()  # noqa: SLF001 -- Django's documented name
    return LoadedKey(row) if row else None


def public_jwks(model: type[SigningKeyBase]) -> dict[str, list[dict[str, Any]]]:
    """The JWK set to publish (RFC 7517 section 5)."""
    return {"keys": [key.public_jwk for key in published_keys(model)]}
