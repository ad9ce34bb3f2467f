"""Where an authorization answer may be sent (RFC 9700 section 4.1, RFC 8252)."""

import re
from urllib.parse import parse_qsl, urlsplit

from apps.oauth.models import Client

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1"})
# The host is written into the page's Content-Security-Policy, where `;` and `,` mean something.
HOST = re.compile(r"[a-z0-9._:-]+")
PRINTABLE = re.compile(r"[!-)+-~]+")  # ASCII without spaces, and no asterisk.
ANSWERED = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})


def redirect_uri_is_acceptable(uri: str) -> bool:
    """Whether a URI may be registered: https, or http on the loopback interface (RFC 8252
    section 7.3, RFC 9700 section 2.1), absolute, without fragment or user part, and without a
    parameter of the answer's own, which would stand there twice (RFC 6749 section 3.1).
    """
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    if parts.fragment or "#" in uri or parts.username is not None or not parts.hostname:
        return False
    if not PRINTABLE.fullmatch(uri) or not HOST.fullmatch(parts.hostname):
        return False
    if ANSWERED & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS)


def redirect_uri_matches(client: Client, uri: str) -> bool:
    """Exact string comparison (RFC 9700 section 4.1.3); on loopback the port is the app's to
    choose at the moment it asks (RFC 8252 section 7.3).
    """
    registered = client.redirect_uris.split()
    if uri in registered:
        return True
    without_port = _loopback_without_port(uri)
    return without_port is not None and any(
        _loopback_without_port(known) == without_port for known in registered
    )


def _loopback_without_port(uri: str) -> str | None:
    if not redirect_uri_is_acceptable(uri):
        return None
    parts = urlsplit(uri)
    if parts.scheme != "http":
        return None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else str(parts.hostname)
    return parts._replace(netloc=host).geturl()
