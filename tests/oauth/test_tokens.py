"""Getting tokens: client credentials, code with PKCE, refresh."""

import json
from datetime import timedelta

import pytest

from apps.oauth.models import AccessToken, RefreshToken, TokenSession
from apps.oauth.policy.lifetimes import life_of_token
from tests.factories.oauth import (
    access_token,
    basic,
    code_for,
    machine,
    pkce,
    post_form,
    redeem,
    refresh,
    web_app,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def test_client_credentials_opens_a_session_bound_to_the_partners_projects(world: World) -> None:
    new = machine(partner=world.acme, scopes=["purchase_orders:read"])

    token = access_token(new)

    session = TokenSession.objects.get()
    assert session.client == new.client
    assert session.partner == world.acme
    assert session.project_ids == [world.office.id]
    assert session.scopes == ["purchase_orders:read"]
    assert AccessToken.objects.get().session == session
    assert token.count(".") == 2


def test_token_with_a_restricted_scope_lasts_five_minutes(world: World) -> None:
    del world
    client = machine(scopes=["audit:read", "purchase_orders:read"]).client

    lives = [life_of_token(client, [name]) for name in client.allowed_scopes]

    assert lives == [timedelta(minutes=5), timedelta(minutes=10)]


def test_code_with_pkce_gives_access_and_refresh_token(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()

    answer = redeem(new, code_for(world.bo, new, proof), proof)

    assert answer.status_code == 200, answer.content
    body = json.loads(answer.content)
    assert sorted(body) == ["access_token", "expires_in", "refresh_token", "scope", "token_type"]
    assert body["scope"] == "purchase_orders:read offline_access"


def test_refresh_rotates_and_keeps_the_session(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    first = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)

    answer = refresh(new, first["refresh_token"])

    assert answer.status_code == 200, answer.content
    second = json.loads(answer.content)
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert TokenSession.objects.count() == 1
    assert RefreshToken.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    (
        ({"grant_type": "password"}, "unsupported_grant_type", "metadata"),
        ({"scope": "audit:read"}, "invalid_scope", "registered for audit:read"),
        ({"grant_type": "authorization_code", "code": "x"}, "unauthorized_client", "grant"),
    ),
)
def test_refusal_says_in_words_what_to_mend(
    world: World, changes: dict[str, str], error: str, says: str
) -> None:
    new = machine(partner=world.acme)
    form = {"grant_type": "client_credentials", **changes}

    answer = post_form("/oauth/token", form, authorization=basic(new.client, new.secret))

    told = json.loads(answer.content)
    assert told["error"] == error
    assert says in told["error_description"]
