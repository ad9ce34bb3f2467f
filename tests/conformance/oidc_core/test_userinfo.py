"""OpenID Connect Core, section 5.3: what the userinfo endpoint tells."""

import json
from typing import Any

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.core.keys import signatures
from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, changed, claims_in, tokens_of, told
from tests.factories.oauth import access_token, machine, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

SCOPES = ("openid", "profile", "email", "purchase_orders:read", "offline_access")


@pytest.fixture
def new(world: World) -> Any:
    return web_app(partner=world.acme, scopes=SCOPES)


def userinfo(token: str, method: str = "get") -> Any:
    ask = getattr(Browser(), method)
    return ask("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})


@conforms("OIDC Core", "5.3.1", "GET and POST are answered.")
@pytest.mark.parametrize("method", ("get", "post"))
def test_both_methods_are_answered(method: str, new: Any, world: World) -> None:
    answer = userinfo(tokens_of(world.bo, new)["access_token"], method)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@conforms("OIDC Core", "5.3.2", "The subject is always there and the ID token's.")
def test_subject_is_the_id_tokens(new: Any, world: World) -> None:
    body = tokens_of(world.bo, new, scope="openid")

    assert told(userinfo(body["access_token"])) == {"sub": claims_in(body["id_token"])["sub"]}


@conforms("OIDC Core", "5.4", "Each scope tells its claims and no others.")
def test_scopes_decide_what_is_told(new: Any, world: World) -> None:
    only_email = told(userinfo(tokens_of(world.bo, new, scope="openid email")["access_token"]))

    assert sorted(only_email) == ["email", "email_verified", "sub"]
    assert only_email["email"] == world.bo.email


@conforms("OIDC Core", "5.3.2", "A claim without a value is left out.")
def test_no_claim_is_empty(new: Any, world: World) -> None:
    found = told(userinfo(tokens_of(world.bo, new)["access_token"]))

    assert [name for name, value in found.items() if value in ("", None, [])] == []


@conforms("OIDC Core", "5.3.2", "A client registered for it gets a signed answer.")
@pytest.mark.parametrize("algorithm", ("RS256", "ES256", "EdDSA"))
def test_signed_answer_verifies(algorithm: str, new: Any, world: World) -> None:
    signed = changed(new, userinfo_signed_response_alg=algorithm)
    answer = userinfo(tokens_of(world.bo, signed)["access_token"])
    keys = KeySet.import_key_set(told(Browser().get("/oauth/jwks")))

    found = jwt.decode(answer.content.decode(), keys, registry=signatures([algorithm]))

    assert answer["Content-Type"] == "application/jwt"
    assert (found.claims["iss"], found.claims["aud"]) == (ISSUER, new.client.client_id)


@conforms("OIDC Core", "5.3.3", "A faulty token is refused as RFC 6750 says.")
@pytest.mark.parametrize("token", ("nothing", "a.b.c", "é"))
def test_faulty_token_is_refused(token: str, world: World) -> None:
    del world
    answer = userinfo(token)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer ")


@conforms("OIDC Core", "5.3.1", "A token without the scope openid is refused.")
def test_token_without_openid_is_refused(new: Any, world: World) -> None:
    answer = userinfo(tokens_of(world.bo, new, scope="purchase_orders:read")["access_token"])

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]


@conforms("OIDC Core", "5.3", "A machine is nobody and is told nothing.")
def test_machine_is_told_nothing(world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    assert userinfo(token).status_code == 403


@conforms("OIDC Core", "5.5", "A claim asked for by name is told.")
def test_claim_asked_for_is_told(new: Any, world: World) -> None:
    wanted = json.dumps({"userinfo": {"acr": None, "auth_time": None}})

    found = told(userinfo(tokens_of(world.bo, new, claims=wanted)["access_token"]))

    assert {"acr", "auth_time"} - set(found) == set()


@conforms("OIDC Core", "5.3", "The answer is not stored.")
def test_answer_is_not_stored(new: Any, world: World) -> None:
    assert "no-store" in userinfo(tokens_of(world.bo, new)["access_token"])["Cache-Control"]
