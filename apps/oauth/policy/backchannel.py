"""Telling applications that somebody has signed out (OpenID Connect Back-Channel Logout 1.0)."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings

from apps.core.errors import FieldError
from apps.core.ids import encode_id, new_id
from apps.identity.models import User
from apps.oauth.models import Client, ClientStatus, TokenSession
from apps.oauth.policy.client_keys import NO_ADDRESS, is_address

TOKEN_TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Section 2.4: "preferably at most two minutes in the future".
TOKEN_LIFE = timedelta(minutes=2)
# Section 2.8 has 200; some frameworks make 204 of it, which section 2.7 lets pass.
TOLD = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT})

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
MOST_DOUBLINGS = 8
GIVEN_UP_AFTER = timedelta(hours=24)


def address_faults(uri: str) -> list[FieldError]:
    """Section 2.2: an absolute URI without a fragment; https, because it is told who signed out."""
    if not uri or is_address(uri):
        return []
    return [FieldError("/backchannel_logout_uri", "uri-not-allowed", NO_ADDRESS)]


def is_told(client: Client) -> bool:
    """Whether the client hears of anybody: it has an address and was not disabled for good."""
    return bool(client.backchannel_logout_uri) and client.status != ClientStatus.DISABLED


def logout_claims(*, session: TokenSession, client: Client, at: datetime) -> dict[str, Any]:
    """Section 2.4; `nonce` is forbidden there, so that it is no ID token to anybody. Every attempt
    has a `jti` of its own: an application that saw the last one would take it for a replay.
    """
    if session.user_id is None:
        raise TypeError("Only a person signs out.")
    return {
        "iss": settings.PUBLIC_URL,
        "aud": client.client_id,
        "iat": int(at.timestamp()),
        "exp": int((at + TOKEN_LIFE).timestamp()),
        "jti": str(new_id()),
        "sub": encode_id(User.id_prefix, session.user_id),
        "sid": session.public_id,
        "events": {EVENT: {}},
    }


def pause_after(attempts: int) -> timedelta:
    """Twice as long after every attempt, up to an hour."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, MOST_DOUBLINGS), LONGEST_PAUSE)


def is_hopeless(*, since: datetime, at: datetime) -> bool:
    return at - since >= GIVEN_UP_AFTER
