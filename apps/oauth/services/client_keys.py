"""The keys a client proves itself by: registered, or found where it says."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

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
from apps.oauth.policy.workloads import may_speak_for
from apps.oauth.services.fetched_keys import Jwks, Source, key_set_at, keys_from
from apps.oauth.services.issuer_assertions import key_of_issuer

# A DID document is also how a key is withdrawn, so it serves for less long than a JWK set when it
# cannot be fetched anew.
DOCUMENT_KEPT_SECONDS = 3600


def key_of(client: Client, assertion: Assertion, *, at: datetime) -> Key | None:
    """The key that may have signed the assertion: the client's, or its issuer's where one signs in
    its stead, if that is believed. None also when the keys cannot be fetched, which the log tells;
    an outage of theirs is no fault of ours.
    """
    issuer = client.client_assertion_issuer
    if issuer is not None:
        believed = may_speak_for(issuer, client)
        return key_of_issuer(issuer, assertion, at=at) if believed else None

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
    owner, in_house = str(client.pk), client.partner_id is None
    if not client.did:
        return key_set_at(client.client_jwks_uri, owner=owner, in_house=in_house)
    return Source(
        kind="did",
        owner=owner,
        name=client.did,
        address=document_address(client.did),
        read=partial(keys_of_document, client.did, at=at),
        kept_seconds=DOCUMENT_KEPT_SECONDS,
        in_house=in_house,
    )
