"""Clients that sign people in, and what they do with an ID token."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.core.actor import system_actor
from apps.core.keys import signatures
from apps.identity.models import User
from apps.oauth.models import ClientKind
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from apps.partners.models import Partner
from tests.factories.oauth import REDIRECT_URI, code_for, open_to, pkce, redeem

SIGNED_OUT = "https://app.example/signed-out"
ALGORITHMS = ("RS256", "ES256", "EdDSA")


def openid_app(
    *,
    scopes: Sequence[str] = ("openid", "profile", "email", "offline_access"),
    partner: Partner | None = None,
    **metadata: Any,
) -> NewClient:
    """A client that signs people in and may send them back to SIGNED_OUT."""
    return register_client(
        actor=system_actor("test"),
        at=datetime.now(tz=UTC),
        name="Portal",
        kind=ClientKind.SERVICE if partner else ClientKind.INTERNAL,
        auth_method=AuthMethod.SECRET_BASIC,
        grant_types=[GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN],
        scopes=scopes,
        partner=partner,
        redirect_uris=[REDIRECT_URI],
        metadata=ClientMetadata(
            post_logout_redirect_uris=[SIGNED_OUT], **{"people": open_to(partner), **metadata}
        ),
    )


def tokens_for(user: User, new: NewClient, **changes: str) -> dict[str, Any]:
    """What the token endpoint answered after the person said yes."""
    proof = pkce()
    answer = redeem(new, code_for(user, new, proof, **changes), proof)
    assert answer.status_code == 200, answer.content
    return dict(json.loads(answer.content))


def read_jwt(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, as somebody reads them who knows our published keys and nothing more."""
    keys = KeySet.import_key_set(json.loads(Browser().get("/oauth/jwks").content))
    decoded = jwt.decode(token, keys, registry=signatures(ALGORITHMS))
    return decoded.header, decoded.claims
