"""Userinfo (OpenID Connect Core section 5.3)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser

from apps.core.actor import system_actor
from apps.oauth.models import TokenSession
from apps.oauth.policy.sign_in import ACR_PASSWORD
from apps.oauth.services import end_session
from tests.factories.oauth import access_token, machine
from tests.factories.openid import ALGORITHMS, openid_app, read_jwt, tokens_for
from tests.factories.world import World
from tests.oauth.test_statements import statements

pytestmark = pytest.mark.django_db

METADATA = "https://buyer.example/.well-known/oauth-protected-resource/api/v1"


def userinfo(token: str, method: str = "get", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return getattr(Browser(), method)("/oauth/userinfo", headers=headers, **more)


def bearer(world: World, **changes: str) -> str:
    return str(tokens_for(world.bo, openid_app(partner=world.acme), **changes)["access_token"])


def test_userinfo_tells_what_the_scopes_carry(world: World) -> None:
    world.bo.name = "Bo Berg"
    world.bo.save(update_fields=["name"])
    EmailAddress.objects.create(user=world.bo, email="Bo@acme.example", verified=True)

    answer = userinfo(bearer(world))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert json.loads(answer.content) == {
        "sub": world.bo.public_id,
        "name": "Bo Berg",
        "partner": world.acme.public_id,
        "role": "manager",
        "email": "bo@acme.example",
        "email_verified": True,
    }


def test_openid_alone_tells_the_subject_alone(world: World) -> None:
    answer = userinfo(bearer(world, scope="openid"))

    assert json.loads(answer.content) == {"sub": world.bo.public_id}


def test_userinfo_leaves_out_what_has_no_value(world: World) -> None:
    answer = userinfo(bearer(world, scope="openid profile"))

    assert json.loads(answer.content).keys() == {"sub", "partner", "role"}


def test_userinfo_tells_what_was_asked_for_by_name(world: World) -> None:
    asked = {"userinfo": {"acr": {"essential": True}, "email": None}}

    answer = userinfo(bearer(world, scope="openid", claims=json.dumps(asked)))

    told = json.loads(answer.content)
    assert told == {"sub": world.bo.public_id, "acr": ACR_PASSWORD}


def test_userinfo_answers_post_alike_without_a_csrf_token(world: World) -> None:
    token = bearer(world)
    browser = Browser(enforce_csrf_checks=True)

    answer = browser.post(
        "/oauth/userinfo",
        data="",
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 200
    assert answer.content == userinfo(token).content


def test_userinfo_is_kept_by_nobody(world: World) -> None:
    answer = userinfo(bearer(world))

    assert answer["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer["Vary"]


def test_userinfo_makes_two_statements(world: World) -> None:
    token = bearer(world)

    with statements(2):
        assert userinfo(token).status_code == 200


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("accept", ("*/*", "application/json", "application/jwt"))
def test_userinfo_is_signed_as_registered(algorithm: str, accept: str, world: World) -> None:
    """Section 5.3.2: registration decides, whatever is accepted."""
    new = openid_app(partner=world.acme, userinfo_signed_response_alg=algorithm)
    token = tokens_for(world.bo, new, scope="openid")["access_token"]

    answer = Browser().get(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {token}", "Accept": accept}
    )

    header, claims = read_jwt(answer.content.decode())
    assert answer["Content-Type"] == "application/jwt"
    assert answer["Cache-Control"] == "private, no-store"
    assert header["alg"] == algorithm
    assert claims == {
        "sub": world.bo.public_id,
        "iss": "https://buyer.example",
        "aud": new.client.client_id,
    }


def test_unsigned_userinfo_ignores_what_is_accepted(world: World) -> None:
    token = bearer(world)

    answer = Browser().get(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {token}", "Accept": "application/jwt"}
    )

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_userinfo_is_readable_by_the_clients_own_page(world: World) -> None:
    new = openid_app(partner=world.acme, cors_origins=["https://spa.example"])
    token = tokens_for(world.bo, new)["access_token"]

    answers = [
        Browser().get(
            "/oauth/userinfo", headers={"Authorization": f"Bearer {token}", "Origin": origin}
        )
        for origin in ("https://spa.example", "https://evil.example")
    ]

    allowed = [answer.get("Access-Control-Allow-Origin") for answer in answers]
    assert allowed == ["https://spa.example", None]


# --- Who gets nothing -----------------------------------------------------------------------------
def test_userinfo_without_a_token_is_challenged(world: World) -> None:
    del world

    answer = userinfo("")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith(
        f'Bearer realm="countersign", resource_metadata="{METADATA}"'
    )


@pytest.mark.parametrize("form", ({"access_token": "here"}, {}))
def test_token_in_the_body_is_not_looked_for(form: dict[str, str], world: World) -> None:
    """RFC 6750 section 2.2 is optional; the header is the one place."""
    token = bearer(world)

    answer = Browser().post("/oauth/userinfo", dict.fromkeys(form, token))

    assert answer.status_code == 401


def test_token_in_the_query_is_refused(world: World) -> None:
    token = bearer(world)

    assert Browser().get("/oauth/userinfo", {"access_token": token}).status_code == 401
    assert userinfo(token, data={"access_token": token}).status_code == 400


def test_token_without_openid_is_told_what_is_missing(world: World) -> None:
    token = access_token(machine(partner=world.acme, scopes=["purchase_orders:read"]))

    answer = userinfo(token)

    assert answer.status_code == 403
    assert answer["WWW-Authenticate"].startswith(
        'Bearer realm="countersign", error="insufficient_scope", scope="openid", '
        f'resource_metadata="{METADATA}"'
    )


def test_userinfo_is_refused_once_the_session_has_ended(world: World) -> None:
    token = bearer(world)
    session = TokenSession.objects.get(user=world.bo)
    end_session(
        actor=system_actor("test"), at=datetime.now(tz=UTC), session=session, reason="a test"
    )

    answer = userinfo(token)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_userinfo_is_refused_once_the_person_is_inactive(world: World) -> None:
    token = bearer(world)
    world.bo.is_active = False
    world.bo.save(update_fields=["is_active"])

    assert userinfo(token).status_code == 401


@pytest.mark.parametrize("token", ("\x00", "a.b.c", "ÿ", "e30.e30.", "x" * 20_000))
def test_garbage_is_refused(token: str, world: World) -> None:
    del world

    assert userinfo(token).status_code == 401


@pytest.mark.parametrize("method", ("put", "patch", "delete"))
def test_other_methods_do_not_exist(method: str, world: World) -> None:
    assert userinfo(bearer(world), method).status_code == 405


def test_userinfo_is_no_part_of_the_apis_description(world: World) -> None:
    del world
    description = json.loads(Browser().get("/api/v1/openapi.json").content)

    assert "/oauth/userinfo" not in description["paths"]
