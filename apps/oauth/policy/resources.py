"""Resource indicators (RFC 8707): which resources a token may be asked for."""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

MOST_RESOURCES = 10
# An absolute URI is ASCII without spaces or control characters (RFC 3986 sections 2 and 4.3).
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")


class ResourceRefusedError(ValueError):
    """The resource is unknown or not for this client (`invalid_target`, RFC 8707 section 2). The
    message may be shown and repeats nothing of the client's.
    """


def checked_resources(
    asked: tuple[str, ...], *, allowed: Collection[str], default: str
) -> tuple[str, ...]:
    """The resources to grant: those asked for, each once, or the default one.

    ``allowed`` are those of the client's registration beside ``default``. URIs are compared
    character by character, for no rule says what two spellings would mean. Raises
    ResourceRefusedError.
    """
    if not asked:
        return (default,)
    found = tuple(dict.fromkeys(asked))
    if len(found) > MOST_RESOURCES:
        raise ResourceRefusedError(f"At most {MOST_RESOURCES} resources can be asked for.")
    for resource in found:
        if not is_absolute_uri(resource):
            raise ResourceRefusedError("A resource must be an absolute URI without a fragment.")
        if resource != default and resource not in allowed:
            raise ResourceRefusedError("The client may not ask for a token for this resource.")
    return found


def narrowed_resources(asked: tuple[str, ...], *, granted: Collection[str]) -> tuple[str, ...]:
    """What a token request may have of a grant (RFC 8707 section 2.2): what it asks for, when all
    of it was granted, and everything granted when it does not ask. Raises ResourceRefusedError.
    """
    if not set(asked) <= set(granted):
        raise ResourceRefusedError("The grant does not hold this resource.")
    return tuple(dict.fromkeys(asked or granted))


def still_allowed_resources(
    granted: Collection[str], *, allowed: Collection[str], default: str
) -> list[str]:
    """What of a grant the client may have today. One withdrawn from it is not given again; raises
    ResourceRefusedError when nothing is left.
    """
    left = [one for one in granted or [default] if one == default or one in allowed]
    if not left:
        raise ResourceRefusedError("The client may not have what was granted any more.")
    return left


def kept_from_others(
    resources: tuple[str, ...], *, asked: Collection[str], default: str, dpop_jkt: str
) -> tuple[str, ...]:
    """A bearer token for ``default`` is for nothing else: whatever other server it was shown to
    could use it there (RFC 8707 section 3). Who asked for more is refused, who left the choice to
    us gets it for ``default`` (section 2.2). Raises ResourceRefusedError.
    """
    if dpop_jkt or default not in resources or len(resources) == 1:
        return resources
    if asked:
        raise ResourceRefusedError(
            "Ask for one token for this API and others for the rest, or send a DPoP proof."
        )
    return (default,)


def is_absolute_uri(text: str) -> bool:
    """A scheme and something after it, and no fragment (RFC 3986 section 4.3)."""
    if not _URI.fullmatch(text) or "#" in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.netloc) or parts.scheme not in {"http", "https"}
