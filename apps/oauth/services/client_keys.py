"""The keys a client signs its assertions with: registered, or fetched from where it says."""

import time
from datetime import datetime
from typing import Any

import redis
import structlog
from django.core.cache import cache
from joserfc.jwk import Key

from apps.gateway.client import DEFAULT_SECONDS, FetchRefusedError, fetch_json
from apps.oauth.crypto import sha256_hex
from apps.oauth.models import Client
from apps.oauth.policy.assertions import Assertion, key_for

log = structlog.get_logger("countersign.oauth")
Jwks = dict[str, Any]

FRESH_SECONDS = 300
# Between two attempts for one client: whoever sends made-up key names must not make us a hammer.
PAUSE_SECONDS = 30
# A set that cannot be fetched anew still serves for so long.
KEPT_SECONDS = 24 * 3600
_FETCHING, _DONE = "fetching", "done"
_MOST_FETCHING_SECONDS = 10


def key_of(client: Client, assertion: Assertion, *, at: datetime) -> Key | None:
    """The client's key that may have signed the assertion. None also when its keys cannot be
    fetched, which the log tells; an outage of theirs is no fault of ours.
    """
    if client.client_jwks:
        return key_for(assertion, client.client_jwks)
    try:
        return key_for(assertion, _fetched_keys(client, assertion, at=at))
    except redis.RedisError as error:
        log.warning("client_keys.cache_unavailable", error=type(error).__name__)
        return key_for(assertion, _fetch(client))


def _fetched_keys(client: Client, assertion: Assertion, *, at: datetime) -> Jwks | None:
    """The remembered set while it is fresh and knows the key, else a new one, if it is time for
    one; a client that changes its keys is followed at once.
    """
    digest = sha256_hex(client.client_jwks_uri)
    name, turn = f"jwks:{digest}", f"jwks-turn:{client.pk}:{digest}"
    known = cache.get(name)
    if known and _is_fresh(known, at=at) and key_for(assertion, known["jwks"]):
        return _jwks_of(known)
    if not cache.add(turn, _FETCHING, _MOST_FETCHING_SECONDS):
        _wait_for_the_other(turn)
        return _jwks_of(cache.get(name))
    fetched = _fetch(client)
    if fetched is not None:
        known = {"jwks": fetched, "at": at.timestamp()}
        cache.set(name, known, KEPT_SECONDS)
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


def _fetch(client: Client) -> Jwks | None:
    try:
        found = fetch_json(client.client_jwks_uri)
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise FetchRefusedError("the answer is not a JWK set")
    except FetchRefusedError as error:
        log.warning("client_keys.not_fetched", client=client.client_id, reason=str(error))
        return None
    return found
