"""RFC 6749, sections 4.1.3 and 6: what codes and refresh tokens are bound to."""

import pytest

from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    allow,
    ask,
    call_api,
    error_of,
    post,
    sent_back,
    signed_in,
    tokens_of,
    told,
)
from tests.factories.oauth import code_for, pkce, redeem, refresh, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@conforms("RFC 6749", "4.1.3", "The redirect URI of the request has to be named again.")
def test_code_without_its_redirect_uri_is_refused(world: World) -> None:
    new, proof = web_app(partner=world.acme), pkce()
    code = code_for(world.bo, new, proof)

    answer = redeem(new, code, proof, redirect_uri="")

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 6749", "4.1.3", "The code itself is required.")
def test_missing_code_is_invalid_request(world: World) -> None:
    answer = redeem(web_app(partner=world.acme), "", pkce())

    assert error_of(answer) == (400, "invalid_request")


@conforms("RFC 6749", "3.3", "Without a scope the default is granted, which is none.")
def test_authorization_without_scope_gives_none(world: World) -> None:
    new, proof, browser = web_app(partner=world.acme), pkce(), signed_in(world.bo)
    page = ask(browser, new, proof, scope="")

    body = told(redeem(new, sent_back(allow(browser, page))["code"], proof))

    assert (page.context["scopes"], body["scope"]) == ([], "")


@conforms("RFC 6749", "6", "Without a scope a refresh gives what was granted.")
def test_refresh_without_scope_gives_all_that_was_granted(world: World) -> None:
    new = web_app(partner=world.acme)
    first = tokens_of(world.bo, new)

    again = told(refresh(new, first["refresh_token"]))

    assert again["scope"] == first["scope"]


@conforms("RFC 6749", "6", "A confidential client authenticates at every refresh.")
def test_refresh_without_the_secret_is_refused(world: World) -> None:
    new = web_app(partner=world.acme)
    token = tokens_of(world.bo, new)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}

    answer = post("/oauth/token", {**form, "client_id": new.client.client_id})

    assert error_of(answer) == (401, "invalid_client")


@conforms("RFC 6749", "6", "A refresh token that means nothing is invalid_grant.")
@pytest.mark.parametrize("token", ("nothing", "x" * 43, "a.b.c"))
def test_made_up_refresh_token_is_invalid_grant(token: str, world: World) -> None:
    assert error_of(refresh(web_app(partner=world.acme), token)) == (400, "invalid_grant")


@conforms("RFC 6749", "6", "The refresh token itself is required.")
def test_missing_refresh_token_is_invalid_request(world: World) -> None:
    assert error_of(refresh(web_app(partner=world.acme), "")) == (400, "invalid_request")


@conforms("RFC 6749", "1.5", "A refresh token opens no resource.")
def test_refresh_token_is_no_access_token(world: World) -> None:
    token = tokens_of(world.bo, web_app(partner=world.acme))["refresh_token"]

    assert call_api(token).status_code == 401
