"""Which web pages may read which of our answers (spec 3, row CORS)."""

import re
from urllib.parse import urlsplit

from apps.oauth.models import Client

# The endpoints a client's own page may call, if the client has registered the page's origin.
CLIENT_PATHS = ("/oauth/token", "/oauth/userinfo", "/oauth/revoke")
# What anybody may read, so that any page may.
DOCUMENT_PATHS = ("/oauth/jwks",)
DOCUMENTS_BELOW = "/.well-known/"

DEFAULT_PORTS = {"https": 443, "http": 80}
# Every browser keeps these three on the device itself.
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
HOST = re.compile(r"[a-z0-9._:-]+")
MAX_ORIGIN = 255


def is_document(path: str) -> bool:
    """Keys and metadata, which hold nothing about anybody."""
    return path in DOCUMENT_PATHS or path.startswith(DOCUMENTS_BELOW)


def origin_is_registered(client: Client, origin: str) -> bool:
    """Exact comparison: an origin has one way to be written."""
    return origin in client.allowed_origins.split()


def origin_is_acceptable(origin: str) -> bool:
    """Whether it is an origin exactly as a browser writes one (RFC 6454 section 6.2): https, or
    http on the device itself. Neither `*` nor `null` is one.
    """
    if len(origin) > MAX_ORIGIN or not origin.isascii() or not origin.isprintable():
        return False
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if not HOST.fullmatch(host) or port in {0, DEFAULT_PORTS.get(parts.scheme, 0)}:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS)
    return safe and origin == _as_written(parts.scheme, host, port)


def _as_written(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port is None else f"{scheme}://{name}:{port}"
