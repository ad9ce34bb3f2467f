"""Addresses in the form in which equal ones are the same text (RFC 3986 section 6.2)."""

import re
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
VISIBLE = re.compile(r"[!-~]+")
TRIPLET = re.compile(r"%([0-9A-Fa-f]{2})")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


def normal_form(uri: str) -> str:
    """Scheme, host, port and path; query and fragment fall away.

    Raises ValueError for what is no absolute address, or names a user.
    """
    if not VISIBLE.fullmatch(uri):
        # The standard library would drop some of these characters without a word.
        raise ValueError("An address has visible ASCII characters only.")
    parts = urlsplit(uri)
    port, host = parts.port, parts.hostname
    if not parts.scheme or not host or "@" in parts.netloc:
        raise ValueError("This is no absolute address.")
    name = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS.get(parts.scheme):
        name = f"{name}:{port}"
    return f"{parts.scheme}://{name}{_normal_path(parts.path)}"


def _normal_path(path: str) -> str:
    """Section 6.2.2.1 to 6.2.2.3, and 6.2.3: an empty path is the root."""
    return _without_dots(TRIPLET.sub(_decoded, path) or "/")


def _decoded(triplet: re.Match[str]) -> str:
    character = chr(int(triplet[1], 16))
    return character if UNRESERVED.fullmatch(character) else triplet[0].upper()


def _without_dots(path: str) -> str:
    """Section 5.2.4, for a path that begins with a slash."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
