"""What an authorization request may ask beyond OAuth 2.1: OpenID Connect Core section 3.1.2.1."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser

from apps.identity.models import User
from apps.oauth.models import Client, Grant
from apps.oauth.models.clients import AuthMethod
from apps.oauth.services import NewClient
from tests.factories.oauth import (
    REDIRECT_URI,
    authorize_query,
    code_for,
    consent,
    pkce,
    redeem,
    redirect_parameters,
    web_app,
)
from tests.factories.world import World

# The sign-in page counts attempts, also those of the tests before.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PASSWORD = "correct horse battery"


def app(world: World, **changes: Any) -> NewClient:
    return web_app(partner=world.acme, scopes=["openid", "purchase_orders:read"], **changes)


def signed_in(user: User) -> Browser:
    """By the sign-in page, so that the time and the way of it are known."""
    browser = Browser()
    browser.post("/account/login/", {"login": user.email, "password": PASSWORD})
    return browser


def ask(browser: Browser, new: NewClient, **changes: str) -> Any:
    return browser.get("/oauth/authorize", authorize_query(new, pkce(), **changes))


def test_second_request_is_answered_by_the_remembered_consent(world: World) -> None:
    new = app(world)
    consent(world.bo, new, pkce())

    answer = ask(signed_in(world.bo), new)

    assert answer.status_code == 303
    assert "code" in redirect_parameters(answer)


def test_request_for_more_is_asked_again(world: World) -> None:
    new = app(world)
    consent(world.bo, new, pkce(), scope="openid")

    answer = ask(signed_in(world.bo), new)

    assert answer.status_code == 200


def test_public_client_on_loopback_is_asked_every_time(world: World) -> None:
    home = "http://127.0.0.1/back"
    new = app(world, auth_method=AuthMethod.NONE, redirect_uris=[home])
    consent(world.bo, new, pkce(), redirect_uri=home)

    answer = ask(signed_in(world.bo), new, redirect_uri=home)

    assert answer.status_code == 200


def test_prompt_none_without_sign_in_is_login_required(world: World) -> None:
    answer = ask(Browser(), app(world), prompt="none")

    assert answer["Location"].startswith(REDIRECT_URI)
    assert redirect_parameters(answer)["error"] == "login_required"
    assert redirect_parameters(answer)["state"] == "a-state"


def test_prompt_none_without_consent_is_consent_required(world: World) -> None:
    answer = ask(signed_in(world.bo), app(world), prompt="none")

    assert redirect_parameters(answer)["error"] == "consent_required"


def test_prompt_none_with_consent_gives_a_code(world: World) -> None:
    new = app(world)
    consent(world.bo, new, pkce())

    answer = ask(signed_in(world.bo), new, prompt="none")

    assert "code" in redirect_parameters(answer)


@pytest.mark.parametrize("prompt", ("consent", "select_account"))
def test_prompt_asks_the_person_though_they_agreed_before(world: World, prompt: str) -> None:
    new = app(world)
    consent(world.bo, new, pkce())

    answer = ask(signed_in(world.bo), new, prompt=prompt)

    assert answer.status_code == 200


def test_prompt_login_demands_the_password_once(world: World) -> None:
    new, browser = app(world), signed_in(world.bo)
    query = authorize_query(new, pkce(), prompt="login")

    demanded = browser.get("/oauth/authorize", query)
    back = browser.post(demanded["Location"], {"password": PASSWORD})
    page = browser.get(back["Location"])

    assert demanded["Location"].startswith("/account/reauthenticate/?next=/oauth/authorize")
    assert page.status_code == 200
    assert page.context["client_name"] == new.client.name


def test_prompt_login_is_not_satisfied_by_the_sign_in_before(world: World) -> None:
    new, browser = app(world), signed_in(world.bo)
    query = authorize_query(new, pkce(), prompt="login")
    browser.get("/oauth/authorize", query)

    again = browser.get("/oauth/authorize", query)

    assert again.status_code == 302
    assert again["Location"].startswith("/account/reauthenticate/")


def test_sign_in_demanded_once_satisfies_no_later_request(world: World) -> None:
    new, browser = app(world), signed_in(world.bo)
    consent(world.bo, new, pkce())
    query = authorize_query(new, pkce(), prompt="login", max_age="5")
    demanded = browser.get("/oauth/authorize", query)
    browser.post(demanded["Location"], {"password": PASSWORD})

    now = browser.get("/oauth/authorize", query)
    at_once_again = browser.get("/oauth/authorize", query)

    assert "code" in redirect_parameters(now)
    assert at_once_again["Location"].startswith("/account/reauthenticate/")


def test_sign_in_demanded_long_ago_satisfies_nothing(world: World, at: datetime) -> None:
    new, browser = app(world), signed_in(world.bo)
    query = authorize_query(new, pkce(), prompt="login")
    demanded = browser.get("/oauth/authorize", query)
    browser.post(demanded["Location"], {"password": PASSWORD})

    with time_machine.travel(at + timedelta(minutes=11), tick=False):
        answer = browser.get("/oauth/authorize", query)

    assert answer["Location"].startswith("/account/reauthenticate/")


def test_page_is_answered_within_ten_minutes_or_not_at_all(world: World, at: datetime) -> None:
    new, browser = app(world), signed_in(world.bo)
    handle = ask(browser, new).context["request_handle"]

    with time_machine.travel(at + timedelta(minutes=11), tick=False):
        answer = browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})

    assert answer.status_code == 400
    assert not Grant.objects.exists()


def test_max_age_demands_a_sign_in_that_is_young_enough(world: World, at: Any) -> None:
    new, browser = app(world), signed_in(world.bo)

    with time_machine.travel(at + timedelta(minutes=10), tick=False):
        old = ask(browser, new, max_age="300")
        young = ask(browser, new, max_age="1000")

    assert old["Location"].startswith("/account/reauthenticate/")
    assert young.status_code == 200


def test_max_age_with_prompt_none_is_login_required(world: World, at: Any) -> None:
    new, browser = app(world), signed_in(world.bo)
    consent(world.bo, new, pkce())

    with time_machine.travel(at + timedelta(minutes=10), tick=False):
        answer = ask(browser, new, max_age="300", prompt="none")

    assert redirect_parameters(answer)["error"] == "login_required"


@pytest.mark.parametrize(
    ("changes", "error"),
    (
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"nonce": "n" * 300}, "invalid_request"),
        ({"dpop_jkt": "k" * 44}, "invalid_request"),
        ({"dpop_jkt": "!" * 43}, "invalid_request"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
        ({"authorization_details": '[{"type": "payment"}]'}, "invalid_authorization_details"),
    ),
)
def test_fault_in_the_request_goes_to_the_client(
    world: World, changes: dict[str, str], error: str
) -> None:
    answer = ask(signed_in(world.bo), app(world), **changes)

    assert answer["Location"].startswith(REDIRECT_URI)
    assert redirect_parameters(answer)["error"] == error
    assert redirect_parameters(answer)["state"] == "a-state"
    assert not Grant.objects.exists()


def test_hint_of_the_signed_in_person_is_accepted(world: World) -> None:
    new, proof = app(world), pkce()
    hint = json.loads(redeem(new, code_for(world.bo, new, proof), proof).content)["id_token"]

    answer = ask(signed_in(world.bo), new, id_token_hint=hint, prompt="none")

    assert "code" in redirect_parameters(answer)


def test_hint_of_somebody_else_is_login_required(world: World) -> None:
    new, proof = web_app(scopes=["openid"], partner=world.erp), pkce()
    hint = json.loads(redeem(new, code_for(world.cy, new, proof), proof).content)["id_token"]

    answer = ask(signed_in(world.bo), new, id_token_hint=hint)

    assert redirect_parameters(answer)["error"] == "login_required"


def test_request_may_be_posted(world: World) -> None:
    new, browser = app(world), Browser(enforce_csrf_checks=True)
    browser.force_login(world.bo)

    answer = browser.post("/oauth/authorize", authorize_query(new, pkce()))
    refused = browser.post(
        "/oauth/authorize",
        "&".join(f"{k}={v}" for k, v in authorize_query(new, pkce()).items()),
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 400  # multipart is no form of OAuth's
    assert refused.status_code == 303
    assert refused["Location"].startswith("/oauth/authorize?response_type=code")


def test_decision_without_the_csrf_token_is_refused(world: World) -> None:
    new, browser = app(world), Browser(enforce_csrf_checks=True)
    browser.force_login(world.bo)
    handle = ask(browser, new).context["request_handle"]

    answer = browser.post("/oauth/authorize", {"request_handle": handle, "decision": "allow"})

    assert answer.status_code == 403
    assert not Grant.objects.exists()


def test_request_for_another_resource_is_asked_again(world: World) -> None:
    new = app(world)
    Client.objects.update(allowed_resources=["https://ledger.example/"])
    consent(world.bo, new, pkce())

    answer = ask(signed_in(world.bo), new, resource="https://ledger.example/")

    assert answer.status_code == 200
    assert answer.context["resources"] == ["https://ledger.example/"]
