"""Counters on Valkey that say when somebody has tried too often.

Each counts within a window that begins with its first count. Reading any number of them is one
round trip and one script, and so is counting: no two processes can both be the last one allowed.
Valkey may be away or empty at any time: then nobody has exceeded anything (spec 6).
"""

import hashlib
import ipaddress
import math
import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import ConnectionInterface
from redis.exceptions import NoScriptError
from redis.retry import Retry

log = structlog.get_logger("countersign.limits")
# A counter is worth no wait: without it the request goes on.
SECONDS_FOR_VALKEY = 0.25

_READ = """
local waits = {}
for i, key in ipairs(KEYS) do
  waits[i] = 0
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[i]) then
    waits[i] = redis.call('PTTL', key)
  end
end
return waits
"""
_COUNT = """
local counts = {}
for i, key in ipairs(KEYS) do
  counts[i] = redis.call('INCR', key)
  if counts[i] == 1 then
    redis.call('EXPIRE', key, ARGV[i])
  end
end
return counts
"""


@dataclass(frozen=True)
class Limit:
    """At most ``most`` within ``seconds``, for each key that is counted under ``name``."""

    name: str
    most: int
    seconds: int


Counter = tuple[Limit, str]


def waits(*counters: Counter) -> list[int]:
    """For each the seconds until its window ends, or 0 while it is not exceeded."""
    left = _run(_READ, counters, [limit.most for limit, _ in counters])
    return [math.ceil(milliseconds / 1000) for milliseconds in left]


def exceeded(*counters: Counter) -> int:
    """The seconds to wait until none is exceeded; 0 when none is."""
    return max(waits(*counters))


def count(*counters: Counter) -> list[int]:
    """Count one for each; how many each has in its window now, or 0 when that is not known."""
    return _run(_COUNT, counters, [limit.seconds for limit, _ in counters])


def begin(limit: Limit, key: str) -> None:
    """Count one in a window that begins now, whatever there was: for what is remembered rather
    than counted.
    """
    try:
        _ask("SET", _name(limit, key), 1, "EX", limit.seconds)
    except redis.RedisError as error:
        log.warning("limits.unavailable", error=type(error).__name__)


def place_of(ip: str | None) -> str:
    """An address; of IPv6 the network of 64 bits, which is what one host has of them."""
    address = ipaddress.ip_address(ip) if ip else None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _run(script: str, counters: tuple[Counter, ...], arguments: list[int]) -> list[int]:
    names = [_name(limit, key) for limit, key in counters]
    try:
        found = _run_script(script, len(names), *names, *arguments)
    except redis.RedisError as error:
        log.warning("limits.unavailable", error=type(error).__name__)
        return [0] * len(counters)
    return [int(number) for number in found]


def _name(limit: Limit, key: str) -> str:
    """Keys may be long or personal, so they are hashed."""
    return f"limit:{limit.name}:{hashlib.sha256(key.encode()).hexdigest()}"


def _run_script(script: str, *arguments: str | int) -> Any:  # noqa: ANN401 -- whatever it returns
    try:
        return _ask("EVALSHA", _digest(script), *arguments)
    except NoScriptError:
        return _ask("EVAL", script, *arguments)


@lru_cache(maxsize=4)
def _digest(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


class _Lines(threading.local):
    """A connection of each thread: a pool's client takes longer over a command than Valkey does."""

    def __init__(self) -> None:
        self.by_url: dict[str, ConnectionInterface] = {}


_lines = _Lines()


def _begin_anew() -> None:
    """In a forked process: its parent goes on with the connections."""
    _lines.by_url.clear()


os.register_at_fork(after_in_child=_begin_anew)


def _ask(*command: str | int) -> Any:  # noqa: ANN401 -- whatever Valkey answers
    """One command and its answer; asked once more at once, for a kept connection that Valkey's
    restart has closed. One that timed out may have been counted, so it is not.
    """
    url = settings.REDIS_URL
    line = _lines.by_url.get(url) or _lines.by_url.setdefault(url, _new_line(url))
    try:
        return _ask_once(line, command)
    except redis.ConnectionError:
        return _ask_once(line, command)


def _ask_once(line: ConnectionInterface, command: tuple[str | int, ...]) -> Any:  # noqa: ANN401 -- as above
    try:
        line.send_command(*command)  # type: ignore[no-untyped-call]  # the library's
        return line.read_response()
    except redis.ResponseError:
        raise
    except BaseException:
        # Whatever came between, an answer may still be on its way: the next command would get it.
        line.disconnect()  # type: ignore[no-untyped-call]  # as above
        raise


def _new_line(url: str) -> ConnectionInterface:
    pool = redis.ConnectionPool.from_url(
        url,
        socket_timeout=SECONDS_FOR_VALKEY,
        socket_connect_timeout=SECONDS_FOR_VALKEY,
        retry=Retry(NoBackoff(), 0),
    )
    return pool.make_connection()
