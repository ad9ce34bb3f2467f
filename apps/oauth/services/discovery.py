"""Reads what an OpenID provider upstream publishes; every address in it is checked."""

import hashlib
from typing import Any

from django.core.cache import cache

from apps.gateway.client import FetchRefusedError, fetch_json
from apps.identity.policy.discovery import discovery_address, discovery_faults

SECONDS = 2.0
REMEMBERED_SECONDS = 300


def fetch_discovery(issuer: str) -> Any:  # noqa: ANN401 -- whatever JSON stands there
    """The document as it stands now. Raises FetchRefusedError."""
    return fetch_json(discovery_address(issuer), seconds=SECONDS)


def discovery_of(issuer: str) -> dict[str, Any]:
    """The document, at most five minutes old, and without a fault. Raises FetchRefusedError."""
    key = f"discovery:{hashlib.sha256(issuer.encode()).hexdigest()}"
    known: dict[str, Any] | None = cache.get(key)
    if known is not None:
        return known
    document = fetch_discovery(issuer)
    faults = discovery_faults(document, issuer=issuer)
    if faults:
        raise FetchRefusedError(faults[0].detail)
    cache.set(key, document, REMEMBERED_SECONDS)
    return dict(document)
