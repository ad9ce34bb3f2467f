"""Words for whoever asked for scopes that are refused: which ones, and why."""

import re
from collections.abc import Collection, Iterable

from apps.oauth.models import Client
from apps.oauth.scopes import CATALOGUE, restricted

MOST_NAMED = 10
# RFC 6749 section 3.3; an error_description holds the same characters, and spaces (section 5.2).
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,60}")
KEY_NEEDED = (
    "A restricted scope is only for a token bound to a key: send a DPoP proof from the first token "
    "request on."
)


def beyond_client(client: Client, scopes: Iterable[str]) -> str:
    """Why the client may not ask for these; empty where it may. A client asks only for what it is
    registered for (RFC 6749 section 3.3).
    """
    refused = [name for name in scopes if name not in client.allowed_scopes]
    unknown = [name for name in refused if name not in CATALOGUE]
    others = [name for name in refused if name in CATALOGUE]
    words = (("There is no scope", unknown), ("The client is not registered for", others))
    return " ".join(f"{why} {in_a_row(names)}." for why, names in words if names)


def beyond_grant(scopes: Iterable[str], held: Collection[str], *, what: str) -> str:
    """Why ``what`` is asked again cannot bring these; empty where it can."""
    refused = [name for name in scopes if name not in held]
    if not refused:
        return ""
    keyless = f" {KEY_NEEDED}" if restricted(refused) else ""
    return f"{what} does not hold {in_a_row(refused)}.{keyless}"


def machine_needs_key(scopes: Iterable[str]) -> str:
    """What a machine lacks that asks for restricted scopes (spec 3, row sender constraint)."""
    return f"{in_a_row(restricted(scopes))} needs private_key_jwt and a DPoP-bound token here."


def in_a_row(names: Iterable[str]) -> str:
    """The names as they were sent, those that can be shown, each once."""
    found = list(dict.fromkeys(names))
    shown = [one for one in found if _SCOPE_TOKEN.fullmatch(one)][:MOST_NAMED]
    left = len(found) - len(shown)
    more = [f"{left} that cannot be shown here" if not shown else f"{left} more"] if left else []
    return ", ".join([*shown, *more])
