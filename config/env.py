"""Typed readers of the environment: a bad value stops the start and names itself (spec 8)."""

import base64
import binascii
import codecs
import gzip
import ipaddress
import json
import os
import re
import secrets
import zlib
from collections.abc import Callable
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MIN_SECRET_CHARACTERS = 32
ENCRYPTION_KEY_BYTES = 32
LAST_PORT = 65535
MOST_HOURS = 24 * 365
MOST_SECONDS = 3600
GZIP = b"\x1f\x8b"
READ_AHEAD = 64 * 1024
EMAIL_SECONDS = 10  # A mail server that says nothing holds up whoever asked for the mail.


class BadVariable(ImproperlyConfigured):
    """An environment variable is missing or cannot be used; the message names it."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"Environment variable {name}: {expected}.")


def _read(
    name: str, default: T, convert: Callable[[str], T], expected: str, *, shown: bool = True
) -> T:
    """``shown`` is False for what may hold a password: neither the message nor the error behind
    it, which would stand in the same log, repeats any of the value.
    """
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        return convert(raw)
    except ValueError:
        said = f"{expected}, not {raw!r}" if shown else f"must be {expected}"
    raise BadVariable(name, said)


def text(name: str, default: str) -> str:
    return _read(name, default, str, "any text")


def port(name: str, default: int) -> int:
    def convert(raw: str) -> int:
        value = int(raw)
        if not 1 <= value <= LAST_PORT:
            raise ValueError
        return value

    return _read(name, default, convert, f"a whole number from 1 to {LAST_PORT}")


def seconds(name: str, default: int) -> int:
    """From none at all to an hour."""

    def convert(raw: str) -> int:
        value = int(raw)
        if not 0 <= value <= MOST_SECONDS:
            raise ValueError
        return value

    return _read(name, default, convert, f"a whole number of seconds from 0 to {MOST_SECONDS}")


def hours(name: str, default: int) -> timedelta:
    """From none at all to a year: more is a slip of the hand."""

    def convert(raw: str) -> timedelta:
        value = int(raw)
        if not 0 <= value <= MOST_HOURS:
            raise ValueError
        return timedelta(hours=value)

    expected = f"a whole number of hours from 0 to {MOST_HOURS}"
    return _read(name, timedelta(hours=default), convert, expected)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    def convert(raw: str) -> str:
        if raw not in allowed:
            raise ValueError
        return raw

    return _read(name, default, convert, f"one of {', '.join(allowed)}")


def words(name: str, default: tuple[str, ...]) -> list[str]:
    def convert(raw: str) -> list[str]:
        return [item.strip() for item in raw.split(",") if item.strip()]

    return _read(name, list(default), convert, "values separated by commas")


HOST_NAME = re.compile(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\]|\*")


def hosts(name: str, default: tuple[str, ...]) -> list[str]:
    """Host names without scheme, port or path; a leading dot means every name below it."""
    found = words(name, default)
    if not all(HOST_NAME.fullmatch(host) for host in found):
        raise BadVariable(name, "must be host names separated by commas, such as buyer.example")
    return found


def networks(name: str) -> list[Network]:
    def convert(raw: str) -> list[Network]:
        return [ipaddress.ip_network(item.strip()) for item in raw.split(",") if item.strip()]

    return _read(name, [], convert, "addresses or CIDR networks separated by commas")


HOUSE_NETWORKS = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]


def private_networks(name: str) -> list[Network]:
    """Networks of the house. This machine, link-local addresses (where clouds keep credentials)
    and everything at once are none.
    """
    found = networks(name)
    if not all(any(_is_within(one, house) for house in HOUSE_NETWORKS) for one in found):
        raise BadVariable(name, "must be private networks (RFC 1918, RFC 4193, RFC 6598)")
    return found


def _is_within(network: Network, other: Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and network.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and network.subnet_of(other)


def origin(name: str, default: str) -> str:
    """A URL of scheme, host and perhaps port, without path or trailing slash."""

    def convert(raw: str) -> str:
        parts = urlsplit(raw.rstrip("/"))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError
        if parts.path or parts.query or parts.fragment or parts.username:
            raise ValueError
        _check_port(parts)
        return f"{parts.scheme}://{parts.netloc}"

    expected = "a URL such as https://buyer.example, without a path"
    return _read(name, default, convert, expected, shown=False)


def _check_port(parts: SplitResult) -> None:
    """Raises ValueError: reading a port that is no number or beyond the last one does."""
    if parts.port == 0:
        raise ValueError


def _server_url(name: str, good: Callable[[SplitResult], bool], expected: str) -> str:
    """The URL of a server; empty when the variable is absent."""

    def convert(raw: str) -> str:
        parts = urlsplit(raw)
        if not good(parts):
            raise ValueError
        _check_port(parts)
        return raw

    return _read(name, "", convert, expected, shown=False)


def database_url(name: str) -> str:
    """Without a host it is the server's default socket; the socket's folder may be the host."""

    def good(parts: SplitResult) -> bool:
        return parts.scheme in {"postgres", "postgresql"} and bool(parts.path.strip("/"))

    return _server_url(name, good, "a URL such as postgresql://user:password@host:5432/name")


def redis_url(name: str) -> str:
    def good(parts: SplitResult) -> bool:
        if parts.scheme == "unix":
            return bool(parts.path.strip("/"))
        number = parts.path.removeprefix("/")
        named = parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
        return named and (not number or number.isdecimal())

    return _server_url(
        name, good, "a URL such as redis://:password@host:6379/0, rediss://… or unix:///path"
    )


def database(url: str) -> dict[str, Any]:
    """Django's settings for one PostgreSQL; connections are kept and checked (spec 6)."""
    return {
        **dj_database_url.parse(url),
        "ENGINE": "config.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def cache(url: str) -> dict[str, Any]:
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}


def broker(url: str) -> str:
    """Celery writes a Redis on a unix socket differently from everybody else."""
    return url.replace("unix://", "redis+socket://", 1) if url.startswith("unix://") else url


def required(name: str, value: T, otherwise: str = "must be set in this environment") -> T:
    """``value`` unless it is empty. Raises BadVariable, which says ``otherwise``."""
    if not value:
        raise BadVariable(name, otherwise)
    return value


def secret(name: str) -> str:
    """A secret given by the operator. Raises BadVariable when it is missing or short."""
    value = required(name, os.environ.get(name, "").strip())
    if len(value) < MIN_SECRET_CHARACTERS:
        raise BadVariable(name, f"must have at least {MIN_SECRET_CHARACTERS} characters")
    return value


def secrets_list(name: str) -> list[str]:
    """Further secrets, separated by commas, that are still accepted but no longer used."""
    values = words(name, ())
    if any(len(value) < MIN_SECRET_CHARACTERS for value in values):
        raise BadVariable(name, f"each must have at least {MIN_SECRET_CHARACTERS} characters")
    return values


def encryption_keys(name: str, raw: str) -> list[bytes]:
    """Keys for AES-256, base64 of 32 bytes each, newest first, separated by commas."""
    try:
        keys = [base64.b64decode(item.strip(), validate=True) for item in raw.split(",") if item]
    except (ValueError, binascii.Error) as error:
        raise BadVariable(name, "must be base64 values separated by commas") from error
    if not keys or any(len(key) != ENCRYPTION_KEY_BYTES for key in keys):
        raise BadVariable(name, f"each key must be base64 of {ENCRYPTION_KEY_BYTES} bytes")
    return keys


def data_dir() -> Path:
    return Path(text("DATA_DIR", "var")).resolve()


def readable_file(name: str) -> Path | None:
    """A text file the product reads later, gzip or not. Raises BadVariable when it cannot."""

    def convert(raw: str) -> Path | None:
        path = Path(raw).resolve()
        try:
            with path.open("rb") as file:
                opened = gzip.open(file) if file.peek(2)[:2] == GZIP else file  # noqa: SIM115 -- closed with the file
                codecs.getincrementaldecoder("utf-8")().decode(opened.read(READ_AHEAD))
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError from error
        return path

    return _read(name, None, convert, "a readable file of UTF-8 text")


def local_secret(name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The variable, else a value generated once into DATA_DIR with mode 0600 (spec 8)."""
    given = os.environ.get(name, "").strip()
    if given:
        return given if name == "ENCRYPTION_KEYS" else secret(name)
    folder = data_dir() / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / name
    if not target.exists():
        _write_once(target, make())
    return target.read_text(encoding="utf-8")


def _write_once(target: Path, value: str) -> None:
    """Two processes may start at once: the link succeeds for one, and both read its value."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value)
    try:
        os.link(draft, target)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def running_servers() -> dict[str, str]:
    """What `make run` wrote about the servers it started, so that commands find them too."""
    try:
        found = json.loads((data_dir() / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {key: str(value) for key, value in found.items()}


def sender(name: str, public_url: str) -> dict[str, str]:
    """Whom mail comes from: `address@host`, or with a name before it in angle brackets."""

    def convert(raw: str) -> str:
        user, at, host = parseaddr(raw)[1].rpartition("@")
        if not (user and at and host) or "\n" in raw:
            raise ValueError
        return raw

    host = urlsplit(public_url).hostname or "localhost"
    usual = f"Countersign <countersign@{host}>"
    given = _read(name, usual, convert, "an address such as Purchasing <buying@buyer.example>")
    return {"DEFAULT_FROM_EMAIL": given, "SERVER_EMAIL": given}


def email(name: str) -> dict[str, Any]:
    """Django's e-mail settings from `smtp://user:password@host:port` (`smtps` for TLS at once).

    Without the variable no mail leaves: the console backend writes it to the log.
    """

    def good(parts: SplitResult) -> bool:
        return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname)

    url = _server_url(name, good, "a URL such as smtp://user:password@host:587 or smtps://…")
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_TIMEOUT": EMAIL_SECONDS,
    }
