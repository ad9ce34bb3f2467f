"""RFC 9701: introspection answered with a signed JWT."""

from typing import Any

import pytest
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conformance.compliance import conforms
from tests.conformance.stage import ISSUER, call_api, error_of, post, told
from tests.factories.oauth import access_token, machine
from tests.factories.world import World

pytestmark = pytest.mark.django_db

MEDIA_TYPE = "application/token-introspection+jwt"


@pytest.fixture
def server(world: World) -> Any:
    del world
    return machine(is_resource_server=True)


@pytest.fixture
def token(world: World) -> str:
    return access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))


def introspect(server: Any, token: str, accept: str = MEDIA_TYPE) -> Any:
    return post("/oauth/introspect", {"token": token}, new=server, Accept=accept)


def decoded(answer: Any) -> Any:
    keys = KeySet.import_key_set(told(Browser().get("/oauth/jwks")))
    return jwt.decode(answer.content.decode(), keys)


@conforms("RFC 9701", "4", "Who asks for the media type gets it.")
def test_media_type_is_answered_as_asked(server: Any, token: str) -> None:
    answer = introspect(server, token)

    assert (answer.status_code, answer["Content-Type"]) == (200, MEDIA_TYPE)


@conforms("RFC 9701", "4", "Who does not ask gets JSON.")
def test_json_is_what_others_get(server: Any, token: str) -> None:
    assert introspect(server, token, "application/json")["Content-Type"] == "application/json"


@conforms("RFC 9701", "5", "The JWT is typed, and signed with a published key.")
def test_answer_is_typed_and_signed(server: Any, token: str) -> None:
    header = decoded(introspect(server, token)).header

    assert (header["typ"], header["alg"]) == ("token-introspection+jwt", "ES256")


@conforms("RFC 9701", "5", "It is for the resource server that asked, from this issuer.")
def test_answer_is_for_who_asked(server: Any, token: str) -> None:
    claims = decoded(introspect(server, token)).claims

    assert (claims["iss"], claims["aud"]) == (ISSUER, server.client.client_id)
    assert "iat" in claims


@conforms("RFC 9701", "5", "What is told stands in token_introspection alone.")
def test_answer_holds_what_json_holds(server: Any, token: str) -> None:
    claims = decoded(introspect(server, token)).claims

    assert claims["token_introspection"] == told(introspect(server, token, "application/json"))
    assert {"sub", "exp"} & set(claims) == set()


@conforms("RFC 9701", "5", "Of a dead token nothing but that is told.")
def test_dead_token_is_told_as_inactive(server: Any) -> None:
    claims = decoded(introspect(server, "nothing")).claims

    assert claims["token_introspection"] == {"active": False}


@conforms("RFC 9701", "8.1", "The answer is no access token.")
def test_answer_opens_nothing(server: Any, token: str) -> None:
    assert call_api(introspect(server, token).content.decode()).status_code == 401


@conforms("RFC 9701", "5", "The caller authenticates as ever.")
def test_caller_without_credentials_is_refused(token: str) -> None:
    answer = post("/oauth/introspect", {"token": token}, Accept=MEDIA_TYPE)

    assert error_of(answer) == (401, "invalid_client")
