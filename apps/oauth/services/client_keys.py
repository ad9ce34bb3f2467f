"""The keys a client proves itself by: registered, or found where it says."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from joserfc.jwk import Key

from apps.oauth.models import Client
from apps.oauth.policy.assertions import Assertion, key_for
from apps.oauth.policy.did_documents import keys_of_document
from apps.oauth.policy.dids import (
    DidRejectedError,
    as_named,
    document_address,
    is_fetched,
    keys_of_did,
    thumbprints,
)
from apps.oauth.services.fetched_keys import Jwks, Source, keys_from

# Keys that cannot be fetched anew still serve for so long; those of a DID document, by which a key
# is also withdrawn, for less.
KEPT_SECONDS = 24 * 3600
DOCUMENT_KEPT_SECONDS = 3600


def key_of(client: Client, assertion: Assertion, *, at: datetime) -> Key | None:
    """The client's key that may have signed the assertion. None also when its keys cannot be
    fetched, which the log tells; an outage of theirs is no fault of ours.
    """

    def found(jwks: Jwks | None) -> Key | None:
        return key_for(assertion, as_named(jwks, assertion.kid) if client.did else jwks)

    return found(_keys(client, lambda jwks: found(jwks) is not None, at=at))


def has_key(client: Client, jkt: str, *, at: datetime) -> bool:
    """Whether the thumbprint is of one of the client's keys at this moment."""
    return jkt in thumbprints(_keys(client, lambda jwks: jkt in thumbprints(jwks), at=at))


def _keys(client: Client, knows: Callable[[Jwks], bool], *, at: datetime) -> Jwks | None:
    if client.client_jwks:
        return dict(client.client_jwks)
    try:
        if client.did and not is_fetched(client.did):
            return keys_of_did(client.did)
        source = _source(client, at=at)
    except DidRejectedError:  # One that was good on a laptop may be none in production.
        return None
    return keys_from(source, knows, at=at)


def _source(client: Client, *, at: datetime) -> Source:
    owner = str(client.pk)
    if not client.did:
        return Source(
            kind="jwks",
            owner=owner,
            address=client.client_jwks_uri,
            read=read_key_set,
            kept_seconds=KEPT_SECONDS,
        )
    return Source(
        kind="did",
        owner=owner,
        address=document_address(client.did),
        read=partial(keys_of_document, client.did, at=at),
        kept_seconds=DOCUMENT_KEPT_SECONDS,
    )


def read_key_set(found: Any) -> Jwks:  # noqa: ANN401 -- any JSON
    """RFC 7517 section 5. Raises ValueError."""
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError("the answer is not a JWK set")  # noqa: TRY004 -- theirs, not our caller's
    return found
