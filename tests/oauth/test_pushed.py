"""Pushed authorization requests (RFC 9126)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client as Browser

from apps.oauth.models import Client, Grant, PushedAuthorizationRequest
from apps.oauth.models.clients import AuthMethod
from apps.oauth.services import NewClient
from apps.oauth.services.purge import purge_expired_tokens
from tests.conformance.compliance import conforms
from tests.factories.oauth import (
    REDIRECT_URI,
    Pkce,
    authorize_query,
    basic,
    pkce,
    post_form,
    redeem,
    redirect_parameters,
    web_app,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def push(new: NewClient, proof: Pkce, **changes: str) -> Any:
    form = {name: value for name, value in authorize_query(new, proof, **changes).items() if value}
    return post_form("/oauth/par", form, authorization=basic(new.client, new.secret))


def pushed(new: NewClient, proof: Pkce, **changes: str) -> dict[str, str]:
    answer = push(new, proof, **changes)
    assert answer.status_code == 201, answer.content
    return {
        "client_id": new.client.client_id,
        "request_uri": json.loads(answer.content)["request_uri"],
    }


def signed_in(world: World) -> Browser:
    browser = Browser()
    browser.force_login(world.bo)
    return browser


def answered(browser: Browser, query: dict[str, str], decision: str = "allow") -> Any:
    page = browser.get("/oauth/authorize", query)
    assert page.status_code == 200, page.content
    handle = page.context["request_handle"]
    return browser.post("/oauth/authorize", {"request_handle": handle, "decision": decision})


def test_pushed_request_is_answered_with_its_uri(world: World) -> None:
    new = web_app(partner=world.acme)

    answer = push(new, pkce())

    body = json.loads(answer.content)
    assert answer.status_code == 201
    assert sorted(body) == ["expires_in", "request_uri"]
    assert body["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert body["expires_in"] == 590
    assert answer["Cache-Control"] == "no-store"


def test_pushed_request_leads_to_a_code(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()

    answer = answered(signed_in(world), pushed(new, proof, state="kept here"))

    found = redirect_parameters(answer)
    assert found["state"] == "kept here"
    assert redeem(new, found["code"], proof).status_code == 200


@conforms("RFC 9126", "2.2", "Credentials are no part of what is kept.")
def test_pushed_request_keeps_no_credentials(world: World) -> None:
    new = web_app(partner=world.acme)

    pushed(new, pkce())

    names = {name for name, _ in PushedAuthorizationRequest.objects.get().parameters}
    assert "client_secret" not in names
    assert "client_assertion" not in names


@conforms("RFC 9126", "7.3", "A reference may be loaded again until the person has answered.")
def test_request_uri_may_be_loaded_again_before_the_person_answers(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    query, browser = pushed(new, proof), signed_in(world)
    browser.get("/oauth/authorize", query)

    answer = answered(browser, query)

    assert "code" in redirect_parameters(answer)


@pytest.mark.parametrize("decision", ("allow", "deny"))
def test_request_uri_is_used_up_by_the_answer(world: World, decision: str) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    query, browser = pushed(new, proof), signed_in(world)
    answered(browser, query, decision)

    again = browser.get("/oauth/authorize", query)

    assert again.status_code == 400
    assert "invalid_request_uri" in again.content.decode()


def test_two_pages_of_one_pushed_request_give_one_code(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    query, browser = pushed(new, proof), signed_in(world)
    handles = [browser.get("/oauth/authorize", query).context["request_handle"] for _ in range(2)]

    answers = [
        browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})
        for handle in handles
    ]

    outcomes = [sorted(redirect_parameters(answer)) for answer in answers]
    assert outcomes == [["code", "iss", "state"], ["error", "error_description", "iss", "state"]]
    assert redirect_parameters(answers[1])["error"] == "invalid_request_uri"


@conforms("RFC 9126", "7.3", "Parallel answers to one reference give one code.")
@pytest.mark.django_db(transaction=True)
def test_parallel_answers_to_one_pushed_request_give_one_code(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    query = pushed(new, proof)
    browsers = [signed_in(world) for _ in range(4)]
    pages = [browser.get("/oauth/authorize", query) for browser in browsers]

    def answer(number: int) -> Any:
        try:
            handle = pages[number].context["request_handle"]
            return browsers[number].post(
                "/oauth/authorize", {"request_handle": handle, "decision": "allow"}
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(answer, range(4)))

    assert [one.status_code for one in answers] == [303] * 4
    assert sum("code" in redirect_parameters(one) for one in answers) == 1
    assert Grant.objects.count() == 1


def test_request_uri_of_another_client_is_refused(world: World) -> None:
    query = pushed(web_app(partner=world.acme), pkce())
    other = web_app(partner=world.acme)

    answer = signed_in(world).get(
        "/oauth/authorize", {**query, "client_id": other.client.client_id}
    )

    assert answer.status_code == 400


def test_expired_request_uri_is_refused(world: World) -> None:
    query = pushed(web_app(partner=world.acme), pkce())
    PushedAuthorizationRequest.objects.update(expires=datetime.now(tz=UTC))

    answer = signed_in(world).get("/oauth/authorize", query)

    assert answer.status_code == 400


def test_parameters_beside_a_request_uri_are_not_read(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    query = pushed(new, proof, scope="purchase_orders:read")

    page = signed_in(world).get(
        "/oauth/authorize", {**query, "scope": "offline_access", "state": "forged"}
    )

    assert [scope.name for scope in page.context["scopes"]] == ["purchase_orders:read"]


@pytest.mark.parametrize(
    ("changes", "error"),
    (
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "audit:read"}, "invalid_scope"),
        ({"request": "a.b.c"}, "request_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
        ({"authorization_details": "[{}]"}, "invalid_authorization_details"),
        ({"client_id": "another"}, "invalid_request"),
    ),
)
def test_pushed_request_is_checked_as_at_the_authorization_endpoint(
    world: World, changes: dict[str, str], error: str
) -> None:
    answer = push(web_app(partner=world.acme), pkce(), **changes)

    assert answer.status_code == 400
    assert json.loads(answer.content)["error"] == error
    assert not PushedAuthorizationRequest.objects.exists()


def test_pushed_request_without_the_secret_is_refused(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()

    answer = post_form("/oauth/par", authorize_query(new, proof))

    assert answer.status_code == 401
    assert json.loads(answer.content)["error"] == "invalid_client"


def test_client_that_must_push_is_refused_without(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    Client.objects.update(require_pushed_authorization_requests=True)

    answer = signed_in(world).get("/oauth/authorize", authorize_query(new, proof))

    assert answer["Location"].startswith(REDIRECT_URI)
    assert redirect_parameters(answer)["error"] == "invalid_request"


def test_one_address_cannot_fill_the_table_in_a_public_clients_name(world: World) -> None:
    new = web_app(partner=world.acme, auth_method=AuthMethod.NONE)
    query = authorize_query(new, pkce())

    answers = [post_form("/oauth/par", query).status_code for _ in range(101)]
    elsewhere = Browser(REMOTE_ADDR="192.0.2.1").post(
        "/oauth/par", urlencode(query), content_type="application/x-www-form-urlencoded"
    )

    assert answers == [201] * 100 + [429]
    assert elsewhere.status_code == 201


def test_expired_pushed_requests_are_purged(world: World) -> None:
    pushed(web_app(partner=world.acme), pkce())

    purge_expired_tokens(at=datetime.now(tz=UTC) + timedelta(hours=2), limit=10)

    assert not PushedAuthorizationRequest.objects.exists()
