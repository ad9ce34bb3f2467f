"""RFC 7009: taking a token back."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.oauth.models.clients import AuthMethod
from tests.conformance.compliance import conforms
from tests.conformance.stage import call_api, error_of, post, tokens_of
from tests.factories.oauth import access_token, basic, machine, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def revoke(new: Any, token: str, **form: str) -> Any:
    return post("/oauth/revoke", {"token": token, **form}, new=new)


@conforms("RFC 7009", "2.1", "The client authenticates before its token is looked at.")
def test_wrong_secret_revokes_nothing(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = access_token(new)
    header = {"Authorization": basic(new.client, "x" * 43)}

    answer = post("/oauth/revoke", {"token": token}, **header)

    assert error_of(answer) == (401, "invalid_client")
    assert call_api(token).status_code == 200


@conforms("RFC 7009", "2.1", "The token is required.")
def test_missing_token_is_invalid_request(world: World) -> None:
    answer = post("/oauth/revoke", {}, new=machine(partner=world.acme))

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 7009", "2.1", "A hint that is wrong does not hide the token.")
@pytest.mark.parametrize("hint", ("refresh_token", "access_token", "something_else"))
def test_wrong_hint_does_not_matter(hint: str, world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = access_token(new)

    assert revoke(new, token, token_type_hint=hint).status_code == 200
    assert call_api(token).status_code == 401


@conforms("RFC 7009", "2.1", "A public client revokes its own token by naming itself.")
def test_public_client_revokes_its_own_token(world: World) -> None:
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    token = tokens_of(world.bo, new)["access_token"]

    answer = post("/oauth/revoke", {"token": token, "client_id": new.client.client_id})

    assert answer.status_code == 200
    assert call_api(token).status_code == 401


@conforms("RFC 7009", "2.2", "A token that means nothing is answered with 200.")
@pytest.mark.parametrize("token", ("nothing", "a.b.c", "ey", "x" * 5000, "é\x7f"))
def test_unknown_token_is_200(token: str, world: World) -> None:
    assert revoke(machine(partner=world.acme), token).status_code == 200


@conforms("RFC 7009", "2.2", "Revoking twice is answered like revoking once.")
def test_second_revocation_is_200(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])
    token = access_token(new)

    assert [revoke(new, token).status_code for _ in range(2)] == [200, 200]


@conforms("RFC 7009", "2", "Only POST is answered.")
def test_get_is_405(world: World) -> None:
    del world
    assert Browser().get("/oauth/revoke", {"token": "x"}).status_code == 405
