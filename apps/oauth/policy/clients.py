"""How a client proves who it is (RFC 6749 section 2.3)."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from django.contrib.auth.hashers import check_password, make_password

from apps.oauth.models import Client, ClientStatus
from apps.oauth.models.clients import AuthMethod

# Checked when there is no such client, so that both answers take the same work.
_NO_CLIENT_HASH = make_password("nobody", salt="nobody", hasher="keyed_sha256")


class CredentialsMalformedError(ValueError):
    """The credentials cannot be read, or are of a method that does not exist here: they prove
    nothing (RFC 6749 section 5.2, invalid_client).
    """


class TwoMethodsError(ValueError):
    """More than one method is used (section 5.2, invalid_request); the message may be shown."""


@dataclass(frozen=True)
class Credentials:
    """What a request offers as proof: one method, an id and, unless public, a secret."""

    method: AuthMethod
    client_id: str
    secret: str = ""


def read_credentials(
    *, authorization: str, client_id: str | None, client_secret: str | None
) -> Credentials | None:
    """The one way this request authenticates its client (RFC 6749 section 2.3: not more than one).

    None when it offers nothing. Raises CredentialsMalformedError, TwoMethodsError.
    """
    if authorization:
        if client_secret:
            raise TwoMethodsError("Only one way of client authentication per request.")
        found = _read_basic(authorization)
        if client_id and client_id != found.client_id:
            raise TwoMethodsError("The client_id differs from the Authorization header.")
        return found
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


def secret_is_right(client: Client | None, credentials: Credentials, *, at: datetime) -> bool:
    """Whether the secret is one of the two that may be live (spec 3, client authentication)."""
    if client is None or client.is_public:
        check_password(credentials.secret, _NO_CLIENT_HASH)
        return False
    if check_password(credentials.secret, client.client_secret):
        return True
    expires = client.previous_secret_expires_at
    if not client.previous_secret or expires is None or expires <= at:
        return False
    return check_password(credentials.secret, client.previous_secret)


def client_is_proved(client: Client | None, credentials: Credentials, *, at: datetime) -> bool:
    """The registered method, and no other, with the right proof (RFC 8414: the method is the
    client's). A public client proves nothing and is only identified.
    """
    if credentials.method == AuthMethod.NONE:
        return client is not None and client.is_public
    right = secret_is_right(client, credentials, at=at)
    return right and client is not None and _method_is_registered(client, credentials.method)


def _method_is_registered(client: Client, method: AuthMethod) -> bool:
    return client.token_endpoint_auth_method == method


def client_may_act(client: Client, *, at: datetime) -> bool:
    """Active, not past its date, and its partner active (spec 1 no. 4)."""
    if client.status != ClientStatus.ACTIVE:
        return False
    if client.expires_at is not None and client.expires_at <= at:
        return False
    return client.partner is None or client.partner.is_live
