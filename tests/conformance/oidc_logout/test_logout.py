"""OpenID Connect RP-Initiated Logout: a client asks, and only what it asks about ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import call_api, changed, signed_in, tokens_of, told
from tests.factories.oauth import web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

SCOPES = ("openid", "purchase_orders:read", "offline_access")
BACK = "https://app.example/goodbye"


@pytest.fixture
def new(world: World) -> Any:
    return changed(web_app(partner=world.acme, scopes=SCOPES), post_logout_redirect_uris=BACK)


def ask_out(browser: Browser, **query: str) -> Any:
    return browser.get("/oauth/logout", query)


def is_signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.session


@conforms("OIDC Logout", "2", "An ID token of theirs signs the person out and leads back.")
def test_hint_signs_out_and_leads_back(new: Any, world: World) -> None:
    browser, body = signed_in(world.bo), tokens_of(world.bo, new)

    answer = ask_out(
        browser, id_token_hint=body["id_token"], post_logout_redirect_uri=BACK, state="bye"
    )

    assert (answer.status_code, answer["Location"]) == (303, f"{BACK}?state=bye")
    assert is_signed_in(browser) is False


@conforms("OIDC Logout", "2", "Without an ID token the person is asked.")
def test_person_is_asked_without_a_hint(new: Any, world: World) -> None:
    browser = signed_in(world.bo)

    answer = ask_out(browser, client_id=new.client.client_id)

    assert (answer.status_code, is_signed_in(browser)) == (200, True)


@conforms("OIDC Logout", "3", "An address that is not registered is not followed.")
@pytest.mark.parametrize("uri", ("https://evil.example/", f"{BACK}/", f"{BACK}?x=1"))
def test_other_addresses_are_not_followed(uri: str, new: Any, world: World) -> None:
    token = tokens_of(world.bo, new)["id_token"]

    answer = ask_out(signed_in(world.bo), id_token_hint=token, post_logout_redirect_uri=uri)

    assert (answer.status_code, "Location" in answer) == (400, False)


@conforms("OIDC Logout", "2", "A client_id that is not the ID token's is refused.")
def test_hint_of_another_client_is_refused(new: Any, world: World) -> None:
    other = web_app(partner=world.acme, scopes=SCOPES)
    token = tokens_of(world.bo, new)["id_token"]

    answer = ask_out(signed_in(world.bo), id_token_hint=token, client_id=other.client.client_id)

    assert answer.status_code == 400


@conforms("OIDC Logout", "2", "An ID token that has expired still tells who and where.")
def test_expired_hint_is_accepted(new: Any, world: World, time_machine: Any) -> None:
    browser, token = signed_in(world.bo), tokens_of(world.bo, new)["id_token"]
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(minutes=30))

    answer = ask_out(browser, id_token_hint=token, post_logout_redirect_uri=BACK)

    assert answer.get("Location") == BACK


@conforms("OIDC Logout", "6", "What other applications may do goes on.")
def test_other_applications_stay_connected(new: Any, world: World) -> None:
    other = web_app(partner=world.acme, scopes=SCOPES)
    theirs, ours = tokens_of(world.bo, other), tokens_of(world.bo, new)

    ask_out(signed_in(world.bo), id_token_hint=ours["id_token"])

    assert [call_api(one["access_token"]).status_code for one in (ours, theirs)] == [401, 200]


@conforms("OIDC Logout", "6", "A hint about somebody else does not sign this person out.")
def test_hint_of_another_person_asks_first(world: World) -> None:
    theirs = web_app(partner=world.globex, scopes=SCOPES)
    token, browser = tokens_of(world.cy, theirs)["id_token"], signed_in(world.bo)

    ask_out(browser, id_token_hint=token)

    assert is_signed_in(browser) is True


@conforms("OIDC Logout", "2", "GET and POST are answered.")
def test_request_may_be_posted(new: Any, world: World) -> None:
    browser, token = signed_in(world.bo), tokens_of(world.bo, new)["id_token"]

    answer = browser.post(
        "/oauth/logout", {"id_token_hint": token, "post_logout_redirect_uri": BACK}, follow=False
    )
    while answer.status_code == 303 and answer["Location"].startswith("/"):
        answer = browser.get(answer["Location"])

    assert answer["Location"] == BACK


@conforms("OIDC Logout", "2.1", "Both documents name the endpoint.")
def test_metadata_names_the_endpoint(world: World) -> None:
    del world
    metadata = told(Browser().get("/.well-known/openid-configuration"))

    assert metadata["end_session_endpoint"] == "https://buyer.example/oauth/logout"
