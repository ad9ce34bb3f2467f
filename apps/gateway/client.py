"""The only outgoing HTTP client: it reaches public addresses and, for the buyer's own, the
networks of the house that the operator names.

Where to is chosen by partners, so it is hostile input (server-side request forgery, CWE-918). The
name is resolved once, every address it has is checked, and the connection goes to an address that
was checked, while certificate, SNI and `Host` keep the name: a name that changes its mind meanwhile
gains nothing. No redirects, no proxies of the environment, bounded size and time.
"""

import ipaddress
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from http.client import HTTPException
from threading import Event, Timer
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

MOST_URL_CHARACTERS = 2000
DEFAULT_BYTES = 64 * 1024
DEFAULT_SECONDS = 3.0
MOST_ADDRESSES = 3
_PRINTABLE = re.compile(r"[!-~]+")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")


class FetchRefusedError(Exception):
    """Nothing was fetched; the message says why and is for the log, not for the caller."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    content_type: str
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 -- whatever JSON stands there
        """Raises FetchRefusedError."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise FetchRefusedError("the answer is not JSON") from error


@dataclass(frozen=True)
class Target:
    """A URL taken apart."""

    secure: bool
    host: str
    port: int
    path: str
    host_header: str


def resolve_name(host: str, port: int) -> list[str]:
    """Every address of the name; how long that may take is the resolver's to limit."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch_json(
    url: str,
    *,
    max_bytes: int = DEFAULT_BYTES,
    seconds: float = DEFAULT_SECONDS,
    in_house: bool = False,
    resolve: Resolver = resolve_name,
    tls: ssl.SSLContext | None = None,
) -> Any:  # noqa: ANN401 -- whatever JSON stands there
    """GET a JSON document: 200, at most ``max_bytes``, at most ``seconds`` once it is connected
    and as many for connecting. ``in_house`` is for an address that only the buyer's own staff
    chose, ``tls`` for trust in other authorities than the system's.

    Raises FetchRefusedError.
    """
    answer = send(
        url, max_bytes=max_bytes, seconds=seconds, in_house=in_house, resolve=resolve, tls=tls
    )
    if answer.status != HTTPStatus.OK:
        raise FetchRefusedError(f"the answer has status {answer.status}")
    return answer.json()


def send(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = DEFAULT_BYTES,
    seconds: float = DEFAULT_SECONDS,
    in_house: bool = False,
    resolve: Resolver = resolve_name,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """GET, or POST where there is a form; bounded as `fetch_json` is, and whatever the status.

    Raises FetchRefusedError.
    """
    target = read_url(url)
    addresses = _checked_addresses(target, resolve, in_house=in_house)
    connection = _connect(target, addresses, seconds, tls or _system_tls())
    try:
        with _deadline(connection, seconds) as late:
            answer = _exchange(connection, target, form, headers or {}, max_bytes)
            if late.is_set():
                raise FetchRefusedError("it takes too long")
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise FetchRefusedError(f"the answer cannot be read: {type(error).__name__}") from error
    finally:
        connection.close()
    return answer


def read_url(url: str) -> Target:
    """https, or http where private hosts may be called. Raises FetchRefusedError."""
    if len(url) > MOST_URL_CHARACTERS or not _PRINTABLE.fullmatch(url):
        raise FetchRefusedError("the URL is too long or has characters that belong to no URL")
    try:
        parts = urlsplit(url)
        given_port = parts.port
    except ValueError as error:
        raise FetchRefusedError("the URL cannot be read") from error
    allowed = {"https", "http"} if settings.OUTBOUND_PRIVATE_HOSTS else {"https"}
    if parts.scheme not in allowed or not parts.hostname or given_port == 0:
        raise FetchRefusedError("the URL must be https and name a host")
    if parts.username is not None or parts.password is not None:
        raise FetchRefusedError("the URL names a user")
    secure = parts.scheme == "https"
    return Target(
        secure=secure,
        host=parts.hostname,
        port=given_port or (443 if secure else 80),
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        host_header=parts.netloc,
    )


def _checked_addresses(target: Target, resolve: Resolver, *, in_house: bool) -> list[str]:
    """The host's addresses, of which every one may be called. Raises FetchRefusedError."""
    try:
        texts = resolve(target.host, target.port)
        addresses = [ipaddress.ip_address(text) for text in texts]
    except (OSError, ValueError) as error:
        raise FetchRefusedError("the host has no address") from error
    if not addresses:
        raise FetchRefusedError("the host has no address")
    if not target.secure and not all(address.is_loopback for address in addresses):
        raise FetchRefusedError("http is for this machine alone")
    if not all(_may_be_called(address, in_house=in_house) for address in addresses):
        raise FetchRefusedError("the host has an address that is not public")
    return texts


def _may_be_called(address: Address, *, in_house: bool) -> bool:
    if settings.OUTBOUND_PRIVATE_HOSTS or is_public(address):
        return True
    return in_house and any(address in network for network in settings.OUTBOUND_PRIVATE_NETWORKS)


def is_public(address: Address) -> bool:
    """Whether it is an address of the public Internet, also by way of the IPv4 address it holds
    (mapped, 6to4, NAT64): not loopback, private, link-local, shared, multicast or reserved.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _connect(
    target: Target, addresses: list[str], seconds: float, tls: ssl.SSLContext
) -> HTTPConnection:
    """Connected to the first of the addresses that answers, and to nothing else; they share the
    time, so that a host of many dead ones costs no more than one of one. Raises FetchRefusedError.
    """
    problem: Exception | None = None
    tried = addresses[:MOST_ADDRESSES]
    for address in tried:
        connection = _connection(target, address, seconds / len(tried), tls)
        try:
            connection.connect()
            connection.sock.settimeout(seconds)
        except (HTTPError, OSError, ValueError) as error:
            connection.close()
            problem = error
        else:
            return connection
    raise FetchRefusedError(f"no connection: {type(problem).__name__}") from problem


def _connection(
    target: Target, address: str, seconds: float, tls: ssl.SSLContext
) -> HTTPConnection:
    if not target.secure:
        return HTTPConnection(address, target.port, timeout=seconds)
    return HTTPSConnection(
        address,
        target.port,
        timeout=seconds,
        ssl_context=tls,
        server_hostname=target.host,
    )


@lru_cache(maxsize=1)
def _system_tls() -> ssl.SSLContext:
    """Certificates by the system's authorities; made once, because reading them takes a while."""
    return ssl.create_default_context()


@contextmanager
def _deadline(connection: HTTPConnection, seconds: float) -> Iterator[Event]:
    """Hang up after so long, so that an answer that trickles in byte by byte ends as well: a
    socket's timeout begins anew with each of them. The event tells that it happened.
    """
    late = Event()
    wire = connection.sock  # Kept here, for the connection gives it away to some answers.

    def hang_up() -> None:
        late.set()
        with suppress(OSError):  # The other side may have been faster.
            socket.socket.shutdown(wire, socket.SHUT_RDWR)

    timer = Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _exchange(
    connection: HTTPConnection,
    target: Target,
    form: Mapping[str, str] | None,
    headers: Mapping[str, str],
    max_bytes: int,
) -> Answer:
    sent = {
        **headers,
        "Host": target.host_header,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "Countersign",
    }
    body = None if form is None else urlencode(form).encode()
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    method = "GET" if body is None else "POST"
    connection.request(method, target.path, body, headers=sent, preload_content=False)
    answer = connection.getresponse()
    read = b""
    while part := answer.read(max_bytes + 1 - len(read), decode_content=False):
        read += part
        if len(read) > max_bytes:
            raise FetchRefusedError(f"the answer is longer than {max_bytes} bytes")
    return Answer(answer.status, answer.headers.get("Content-Type", ""), read)
