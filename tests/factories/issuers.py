"""An issuer outside: what it signs about people, and clients that may come with it."""

import json
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import Key

from apps.core.actor import system_actor
from apps.oauth.models import ClientKind, TrustedIssuer
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.issuers import IssuerTerms
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from apps.oauth.services.issuers import add_issuer
from apps.partners.models import Partner
from tests.factories.jose import client_key, public_jwks, signed
from tests.factories.oauth import REDIRECT_URI, basic, open_to, post_form

ISSUER = "https://login.acme.example"
AUDIENCE = "countersign-at-acme"
HERE = "https://buyer.example"
ORDERS = "purchase_orders:read"

TYPE = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN, ID_TOKEN, JWT = f"{TYPE}access_token", f"{TYPE}id_token", f"{TYPE}jwt"
EXCHANGE, BEARER = GrantType.TOKEN_EXCHANGE.value, GrantType.JWT_BEARER.value

KEY = client_key()


def trusted(*keys: Key, partner: Partner | None, **changes: Any) -> TrustedIssuer:
    """An issuer whose keys are known, believed about people of this partner."""
    terms: dict[str, Any] = {
        "name": "Acme's sign-in",
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "jwks": None if "jwks_uri" in changes else public_jwks(*(keys or (KEY,))),
        **changes,
    }
    return add_issuer(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        terms=IssuerTerms(**terms),
        partner=partner,
    )


def id_token(
    email: str, key: Key = KEY, *, header: dict[str, Any] | None = None, **changes: Any
) -> str:
    """A good ID token of five minutes, with ``changes`` to its claims: None leaves one out, and a
    timedelta is so long from now.
    """
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "sub": "someone",
        "aud": AUDIENCE,
        "email": email,
        "email_verified": True,
        "nonce": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 300,
        **changes,
    }
    kept = {
        name: now + int(value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in claims.items()
        if value is not None
    }
    named = {"alg": key.alg, "kid": key.kid, **(header or {})}
    return signed({n: v for n, v in named.items() if v is not None}, kept, key)


def assertion(email: str, key: Key = KEY, **changes: Any) -> str:
    """A good assertion for the JWT bearer grant (RFC 7523 section 3)."""
    return id_token(email, key, **{"aud": HERE, "jti": uuid.uuid4().hex, **changes})


def exchanger(
    *,
    partner: Partner | None = None,
    scopes: Sequence[str] = (ORDERS, "shipments:read"),
    grants: Sequence[GrantType] = (GrantType.TOKEN_EXCHANGE, GrantType.JWT_BEARER),
    is_resource_server: bool = False,
    auth_method: AuthMethod = AuthMethod.SECRET_BASIC,
    **metadata: Any,
) -> NewClient:
    """A client that may exchange tokens, and come with assertions."""
    return register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name="Exchanger",
        kind=ClientKind.SERVICE if partner else ClientKind.INTERNAL,
        auth_method=auth_method,
        grant_types=grants,
        scopes=scopes,
        partner=partner,
        redirect_uris=[REDIRECT_URI] if GrantType.AUTHORIZATION_CODE in grants else [],
        is_resource_server=is_resource_server,
        metadata=ClientMetadata(**{"people": open_to(partner), **metadata}),
    )


def exchange(new: NewClient, token: str, kind: str = ID_TOKEN, **changes: Any) -> Any:
    """A token exchange over HTTP; a change to None leaves a parameter out."""
    return ask(
        new,
        {
            "grant_type": EXCHANGE,
            "subject_token": token,
            "subject_token_type": kind,
            "scope": ORDERS,
            **changes,
        },
    )


def bear(new: NewClient, token: str | None, **changes: Any) -> Any:
    """The JWT bearer grant over HTTP."""
    return ask(new, {"grant_type": BEARER, "assertion": token, "scope": ORDERS, **changes})


def ask(new: NewClient, form: dict[str, Any]) -> Any:
    headers = form.pop("headers", None)
    kept = {name: value for name, value in form.items() if value is not None}
    authorization = basic(new.client, new.secret)
    return post_form("/oauth/token", kept, authorization=authorization, headers=headers)


def told(answer: Any) -> dict[str, Any]:
    return dict(json.loads(answer.content))


def error_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, told(answer)["error"]


def token_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return str(told(answer)["access_token"])
