"""People of the buyer's who call the API through an application."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client as Browser

from apps.identity.models import StaffRole
from apps.oauth.services.dpop import fresh_nonce
from apps.projects.services import add_member
from tests.factories.gateway import Caller
from tests.factories.identity import sign_in, staff
from tests.factories.jose import client_key, dpop_proof
from tests.factories.oauth import (
    REDIRECT_URI,
    authorize_query,
    basic,
    pkce,
    post_form,
    redirect_parameters,
    web_app,
)
from tests.factories.world import SETUP, World

PASSWORD, TOTP = {"method": "password"}, {"method": "mfa", "type": "totp"}


def person_caller(
    world: World,
    email: str,
    *scopes: str,
    role: StaffRole = StaffRole.ADMINISTRATOR,
    steps: Sequence[dict[str, str]] = (PASSWORD, TOTP),
) -> Caller:
    """Somebody of the buyer's in the project Office, just signed in, with a second factor unless
    told. The token is bound to a key, as the restricted tier asks.
    """
    user, at = staff(role, email), datetime.now(tz=UTC)
    add_member(actor=SETUP, at=at, project=world.office, user=user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    new, proof, key = web_app(scopes=scopes), pkce(), client_key()
    browser = sign_in(Browser(), user, *steps)
    page = browser.get("/oauth/authorize", authorize_query(new, proof))
    answer = browser.post(
        "/oauth/authorize",
        {
            "request_handle": page.context["request_handle"],
            "decision": "allow",
            "projects": [str(world.office.pk)],
        },
    )
    address = f"{settings.PUBLIC_URL}/oauth/token"
    told = post_form(
        "/oauth/token",
        {
            "grant_type": "authorization_code",
            "code": redirect_parameters(answer)["code"],
            "redirect_uri": REDIRECT_URI,
            "code_verifier": proof.verifier,
        },
        authorization=basic(new.client, new.secret),
        headers={"DPoP": dpop_proof(key, "POST", address, nonce=fresh_nonce(at))},
    )
    assert told.status_code == 200, told.content
    return Caller(json.loads(told.content)["access_token"], key)
