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
# Keys that cannot be fetched anew still serve for so long.
KEPT_SECONDS = 24 * 3600
_FETCHING, _DONE = "fetching", "done"
_MOST_FETCHING_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where keys stand, and how they are read there: ``read`` makes a JWK set of the JSON and
    raises ValueError. It reads what is remembered as well, at each use: a key may be over by now.
    ``kept_seconds`` is for how long keys that cannot be fetched anew still serve; ``name`` is what
    they are known by, which is not always the address: what stands there may be of somebody else.
    ``in_house`` is for what the buyer's own staff registered for nobody else (gateway/client.py).
    """

    kind: str
    owner: str
    name: str
    address: str
    read: Callable[[Any], Jwks]
    kept_seconds: int
    in_house: bool


def key_set_at(address: str, *, owner: str, in_house: bool) -> Source:
    """A JWK set that is published as such."""
    return Source(
        kind="jwks",
        owner=owner,
        name=address,
        address=address,
        read=read_key_set,
        kept_seconds=KEPT_SECONDS,
        in_house=in_house,
    )


def read_key_set(found: Any) -> Jwks:  # noqa: ANN401 -- any JSON
    """RFC 7517 section 5. Raises ValueError."""
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError("the answer is not a JWK set")  # noqa: TRY004 -- theirs, not our caller's
    return found


def keys_from(source: Source, knows: Callable[[Jwks], bool], *, at: datetime) -> Jwks | None:
    """The remembered keys while they are fresh and ``knows`` finds its key among them, else new
    ones, if it is time for that; a change of keys is followed at once. None when there are none,
    which the log tells.
    """
    try:
        return _remembered(source, knows, at=at)
    except redis.RedisError as error:
        log.warning("client_keys.cache_unavailable", error=type(error).__name__)
        return _jwks_of(source, _fetch(source))


def _remembered(source: Source, knows: Callable[[Jwks], bool], *, at: datetime) -> Jwks | None:
    # What was fetched inside the house is nobody else's to find, were the address the same.
    kind = f"{source.kind}-in-house" if source.in_house else source.kind
    digest = sha256_hex(source.name)
    name, turn = f"{kind}-found:{digest}", f"{kind}-turn:{source.owner}:{digest}"
    known = cache.get(name)
    jwks = _jwks_of(source, known)
    if known and jwks is not None and _is_fresh(known, at=at) and knows(jwks):
        return jwks
    if not cache.add(turn, _FETCHING, _MOST_FETCHING_SECONDS):
        _wait_for_the_other(turn)
        return _jwks_of(source, cache.get(name))
    fetched = _fetch(source)
    if fetched is not None:
        known = {**fetched, "at": at.timestamp()}
        cache.set(name, known, source.kept_seconds)
    cache.set(turn, _DONE, PAUSE_SECONDS)
    return _jwks_of(source, known)


def _is_fresh(known: dict[str, Any], *, at: datetime) -> bool:
    return bool(at.timestamp() - known["at"] < FRESH_SECONDS)


def _jwks_of(source: Source, known: dict[str, Any] | None) -> Jwks | None:
    return source.read(known["found"]) if known else None


def _wait_for_the_other(turn: str) -> None:
    """Requests that come together after a change of keys fetch them once, and all succeed."""
    until = time.monotonic() + DEFAULT_SECONDS
    while cache.get(turn) == _FETCHING and time.monotonic() < until:
        time.sleep(0.02)


def _fetch(source: Source) -> dict[str, Any] | None:
    """What stands there, once it was found to be readable."""
    try:
        found = fetch_json(source.address, in_house=source.in_house)
        source.read(found)
    except (FetchRefusedError, ValueError) as error:
        log.warning("client_keys.not_fetched", owner=source.owner, reason=str(error))
        return None
    return {"found": found}
