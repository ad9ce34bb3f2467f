"""Reads what an OpenID provider upstream publishes; every address in it is checked."""

import hashlib
from typing import Any

from django.core.cache import cache

from apps.gateway.client import FetchRefusedError, fetch_json
from apps.identity.policy.discovery import discovery_address, discovery_faults

SECONDS = 2.0
REMEMBERED_SECONDS = 300
REFUSAL_REMEMBERED_SECONDS = 30


def fetch_discovery(issuer: str) -> Any:  # noqa: ANN401 -- whatever JSON stands there
    """The document as it stands now. Raises FetchRefusedError."""
    return fetch_json(discovery_address(issuer), seconds=SECONDS)


def discovery_of(issuer: str) -> dict[str, Any]:
    """The document, at most five minutes old, and without a fault. Raises FetchRefusedError, for
    half a minute without asking again: whoever presses the button waits for no dead provider.
    """
    key = f"discovery:{hashlib.sha256(issuer.encode()).hexdigest()}"
    known: dict[str, Any] | str | None = cache.get(key)
    if isinstance(known, dict):
        return known
    if known is not None:
        raise FetchRefusedError(known)
    try:
        document = _fetch_good(issuer)
    except FetchRefusedError as error:
        cache.set(key, str(error), REFUSAL_REMEMBERED_SECONDS)
        raise
    cache.set(key, document, REMEMBERED_SECONDS)
    return document


def _fetch_good(issuer: str) -> dict[str, Any]:
    document = fetch_discovery(issuer)
    if faults := discovery_faults(document, issuer=issuer):
        raise FetchRefusedError(faults[0].detail)
    return dict(document)
