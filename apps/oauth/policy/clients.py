"""How a client proves who it is (RFC 6749 section 2.3)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from apps.oauth.crypto import KeyedSecretHasher
from apps.oauth.models import Client, ClientStatus
from apps.oauth.models.clients import AuthMethod
from apps.oauth.policy.assertions import (
    ASSERTION_TYPE,
    Assertion,
    AssertionRejectedError,
    read_assertion,
)
from apps.oauth.policy.networks import address_is_within
from apps.oauth.policy.workloads import may_speak_for

# Checked where there is nothing to check against, so that every answer takes the same work.
_NOBODYS_HASH = KeyedSecretHasher().encode("nobody", "nobody")


class CredentialsMalformedError(ValueError):
    """The credentials cannot be read, or are of a method that does not exist here: they prove
    nothing (RFC 6749 section 5.2, invalid_client).
    """


class TwoMethodsError(ValueError):
    """More than one method is used (section 5.2, invalid_request); the message may be shown."""


@dataclass(frozen=True)
class Credentials:
    """What a request offers as proof: one method, an id and, unless public, a secret or an
    assertion.
    """

    method: AuthMethod
    client_id: str
    secret: str = ""
    assertion: Assertion | None = None


def read_credentials(
    *,
    authorization: str,
    client_id: str | None,
    client_secret: str | None,
    client_assertion: str | None = None,
    client_assertion_type: str | None = None,
) -> Credentials | None:
    """The one way this request authenticates its client (RFC 6749 section 2.3: not more than one).

    None when it offers nothing. Raises CredentialsMalformedError, TwoMethodsError.
    """
    assertion = client_assertion or client_assertion_type
    if sum(map(bool, (authorization, client_secret, assertion))) > 1:
        raise TwoMethodsError("Only one way of client authentication per request.")
    if authorization:
        found = _read_basic(authorization)
        if client_id and client_id != found.client_id:
            raise TwoMethodsError("The client_id differs from the Authorization header.")
        return found
    if assertion:
        return _read_assertion(client_assertion or "", client_assertion_type, client_id)
    if not client_id:
        return None
    if client_secret:
        return Credentials(AuthMethod.SECRET_POST, client_id, client_secret)
    return Credentials(AuthMethod.NONE, client_id)


def _read_basic(authorization: str) -> Credentials:
    """RFC 6749 section 2.3.1: both parts are form-encoded before they are joined."""
    scheme, _, value = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        name, colon, secret = text.partition(":")
        client_id = unquote_plus(name, errors="strict")
        secret = unquote_plus(secret, errors="strict")
    except (ValueError, binascii.Error) as error:
        raise CredentialsMalformedError("The Authorization header cannot be read.") from error
    if not colon or not client_id or not secret or "\x00" in client_id + secret:
        raise CredentialsMalformedError("The Authorization header cannot be read.")
    return Credentials(AuthMethod.SECRET_BASIC, client_id, secret)


def _read_assertion(assertion: str, kind: str | None, client_id: str | None) -> Credentials:
    """RFC 7521 section 4.2: of the one type there is, and for the client that is named beside it,
    or else its subject. Whether it speaks of that client is found with all else it says
    (`check_speaker`), for an issuer may know the client by another name.
    """
    if kind != ASSERTION_TYPE:
        raise CredentialsMalformedError("The client assertion is of an unknown type.")
    try:
        found = read_assertion(assertion)
    except AssertionRejectedError as error:
        raise CredentialsMalformedError(f"The client assertion is no use: {error}.") from error
    return Credentials(AuthMethod.PRIVATE_KEY_JWT, client_id or found.subject, assertion=found)


def secret_is_right(client: Client | None, secret: str, *, at: datetime) -> bool:
    """Whether the secret is one of the two that may be live (spec 3, client authentication). Both
    are looked at in any case, whether they exist or not.
    """
    current, previous = "", ""
    if client is not None:
        current = client.client_secret
        expires = client.previous_secret_expires_at
        previous = client.previous_secret if expires is not None and expires > at else ""
    return any([_is_hash_of(secret, current), _is_hash_of(secret, previous)])


def api_key_is_right(client: Client | None, api_key: str) -> bool:
    """The second thing that some clients must show beside their proof, in `X-API-Key`."""
    needed = client.api_key_hash if client is not None else ""
    right = _is_hash_of(api_key, needed)
    return right or not needed


def _is_hash_of(secret: str, encoded: str) -> bool:
    right = KeyedSecretHasher().verify(secret, encoded or _NOBODYS_HASH)
    return right and bool(encoded)


def method_is_registered(client: Client | None, method: AuthMethod) -> bool:
    """A proof counts for the method the client registered and no other (RFC 7591 section 2)."""
    return client is not None and client.token_endpoint_auth_method == method


def address_is_allowed(client: Client, ip: str | None) -> bool:
    """Inside one of the client's networks, where it has any."""
    return not client.networks or address_is_within(ip, client.networks)


def client_may_act(client: Client, *, at: datetime) -> bool:
    """Active, not past its date, its partner active (spec 1 no. 4), and believed whoever signs its
    assertions.
    """
    if client.status != ClientStatus.ACTIVE:
        return False
    if client.expires_at is not None and client.expires_at <= at:
        return False
    issuer = client.client_assertion_issuer
    if issuer is not None and not may_speak_for(issuer, client):
        return False
    return client.partner is None or client.partner.is_live
