"""RFC 7662: what a resource server may learn about a token."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import claims_in, error_of, post, tokens_of, told
from tests.factories.oauth import access_token, basic, machine, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

DEAD = {"active": False}


@pytest.fixture
def server(world: World) -> Any:
    del world
    return machine(is_resource_server=True)


def introspect(new: Any, token: str, **form: str) -> Any:
    return post("/oauth/introspect", {"token": token, **form}, new=new)


@conforms("RFC 7662", "2.1", "The token is required.")
def test_missing_token_is_invalid_request(server: Any) -> None:
    assert error_of(post("/oauth/introspect", {}, new=server)) == (400, "invalid_request")


@conforms("RFC 7662", "2.1", "Who does not authenticate learns nothing.")
def test_caller_without_credentials_is_401(server: Any, world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    nobody = post("/oauth/introspect", {"token": token})
    wrong = post(
        "/oauth/introspect", {"token": token}, Authorization=basic(server.client, "x" * 43)
    )

    assert [error_of(one) for one in (nobody, wrong)] == [(401, "invalid_client")] * 2


@conforms("RFC 7662", "2.1", "A token in the query of a GET is not accepted.", level="MAY")
def test_get_is_405(world: World) -> None:
    del world
    assert Browser().get("/oauth/introspect", {"token": "x"}).status_code == 405


@conforms("RFC 7662", "2.1", "A hint that is wrong does not hide the token.")
def test_wrong_hint_does_not_matter(server: Any, world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    answer = told(introspect(server, token, token_type_hint="refresh_token"))

    assert answer["active"] is True


@conforms("RFC 7662", "2.2", "A live token is told with all it stands for.")
def test_live_token_is_told_with_every_member(server: Any, world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = access_token(new)
    claims = claims_in(token)

    answer = told(introspect(server, token))

    told_of = ("active", "client_id", "scope", "sub", "aud", "iss", "exp", "iat", "jti")
    assert {name: answer[name] for name in told_of} == {
        "active": True,
        "client_id": new.client.client_id,
        "scope": "purchase_orders:read",
        **{name: claims[name] for name in ("sub", "aud", "iss", "exp", "iat", "jti")},
    }
    assert answer["token_type"] == "Bearer"


@conforms("RFC 7662", "2.2", "Of a dead token nothing but that is told.")
def test_expired_token_is_inactive_and_nothing_more(
    server: Any, world: World, time_machine: Any
) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(minutes=11))

    assert told(introspect(server, token)) == DEAD


@conforms("RFC 7662", "2.2", "A revoked token is inactive.")
def test_revoked_token_is_inactive(server: Any, world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = access_token(new)
    post("/oauth/revoke", {"token": token}, new=new)

    assert told(introspect(server, token)) == DEAD


@conforms("RFC 7662", "2.2", "A token that means nothing is inactive, without an error.")
@pytest.mark.parametrize("token", ("nothing", "a.b.c", "ey", "é", "x" * 5000))
def test_unknown_token_is_inactive(token: str, server: Any) -> None:
    assert told(introspect(server, token)) == DEAD


@conforms("RFC 7662", "4", "A token of a suspended person's session is inactive.")
def test_token_of_a_disabled_person_is_inactive(server: Any, world: World) -> None:
    token = tokens_of(world.bo, web_app(partner=world.acme))["access_token"]
    world.bo.is_active = False
    world.bo.save(update_fields=["is_active"])

    assert told(introspect(server, token)) == DEAD


@conforms("RFC 7662", "4", "Nobody but a registered resource server learns about a token.")
def test_other_clients_learn_nothing(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    public = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    token = access_token(new)

    own = introspect(machine(partner=world.acme), token)
    named = post("/oauth/introspect", {"token": token, "client_id": public.client.client_id})

    assert (own.status_code, told(own)) == (200, DEAD)
    assert error_of(named) == (401, "invalid_client")


@conforms("RFC 7662", "5.2", "A refresh token is not told to a resource server as active.")
def test_refresh_token_is_not_active_here(server: Any, world: World) -> None:
    token = tokens_of(world.bo, web_app(partner=world.acme))["refresh_token"]

    assert told(introspect(server, token)) == DEAD


@conforms("RFC 7662", "2.2", "The answer is JSON that nobody may keep.", level="SHOULD")
def test_answer_is_not_stored(server: Any) -> None:
    answer = introspect(server, "nothing")

    assert [answer[name] for name in ("Content-Type", "Cache-Control")] == [
        "application/json",
        "no-store",
    ]
