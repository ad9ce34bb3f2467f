"""Keys that somebody publishes: fetched from where they stand, remembered for a while."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
import structlog
from django.core.cache import cache

from apps.gateway.client import DEFAULT_SECONDS, FetchRefusedError, fetch_json
from apps.oauth.crypto import sha256_hex

log = structlog.get_logger("countersign.oauth")
Jwks = dict[str, Any]

FRESH_SECONDS = 300
# Between two attempts for one owner: whoever sends made-up key names must not make us a hammer.
PAUSE_SECONDS = 30
_FETCHING, _DONE = "fetching", "done"
_MOST_FETCHING_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where keys stand, and how they are read there: ``read`` makes a JWK set of the JSON and
    raises ValueError. ``kept_seconds`` is for how long keys that cannot be fetched anew still
    serve; ``kind`` keeps apart what the same address means to different readers.
    """

    kind: str
    owner: str
    address: str
    read: Callable[[Any], Jwks]
    kept_seconds: int


def keys_from(source: Source, knows: Callable[[Jwks], bool], *, at: datetime) -> Jwks | None:
    """The remembered keys while they are fresh and ``knows`` finds its key among them, else new
    ones, if it is time for that; a change of keys is followed at once. None when there are none,
    which the log tells.
    """
    try:
        return _remembered(source, knows, at=at)
    except redis.RedisError as error:
        log.warning("client_keys.cache_unavailable", error=type(error).__name__)
        return _fetch(source)


def _remembered(source: Source, knows: Callable[[Jwks], bool], *, at: datetime) -> Jwks | None:
    digest = sha256_hex(source.address)
    name, turn = f"{source.kind}:{digest}", f"{source.kind}-turn:{source.owner}:{digest}"
    known = cache.get(name)
    if known and _is_fresh(known, at=at) and knows(known["jwks"]):
        return _jwks_of(known)
    if not cache.add(turn, _FETCHING, _MOST_FETCHING_SECONDS):
        _wait_for_the_other(turn)
        return _jwks_of(cache.get(name))
    fetched = _fetch(source)
    if fetched is not None:
        known = {"jwks": fetched, "at": at.timestamp()}
        cache.set(name, known, source.kept_seconds)
    cache.set(turn, _DONE, PAUSE_SECONDS)
    return _jwks_of(known)


def _is_fresh(known: dict[str, Any], *, at: datetime) -> bool:
    return bool(at.timestamp() - known["at"] < FRESH_SECONDS)


def _jwks_of(known: dict[str, Any] | None) -> Jwks | None:
    return known["jwks"] if known else None


def _wait_for_the_other(turn: str) -> None:
    """Requests that come together after a change of keys fetch them once, and all succeed."""
    until = time.monotonic() + DEFAULT_SECONDS
    while cache.get(turn) == _FETCHING and time.monotonic() < until:
        time.sleep(0.02)


def _fetch(source: Source) -> Jwks | None:
    try:
        return source.read(fetch_json(source.address))
    except (FetchRefusedError, ValueError) as error:
        log.warning("client_keys.not_fetched", owner=source.owner, reason=str(error))
        return None
