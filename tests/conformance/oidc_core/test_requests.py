"""OpenID Connect Core, section 3.1.2: what an authentication request may ask for."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.conformance.stage import (
    FORM,
    allow,
    ask,
    claims_in,
    sent_back,
    signed_in,
    tokens_of,
    told,
)
from tests.factories.oauth import authorize_query, pkce, redeem, web_app
from tests.factories.world import World

pytestmark = pytest.mark.django_db

SCOPES = ("openid", "profile", "email", "purchase_orders:read", "offline_access")


@pytest.fixture
def new(world: World) -> Any:
    return web_app(partner=world.acme, scopes=SCOPES)


@pytest.fixture
def agreed(new: Any, world: World) -> Browser:
    """A browser whose person has agreed to this client before."""
    browser = signed_in(world.bo)
    allow(browser, ask(browser, new))
    return browser


@conforms("OIDC Core", "3.1.2.1", "The request may be posted.")
def test_request_may_be_posted(new: Any, world: World) -> None:
    browser = signed_in(world.bo)
    form = urlencode(authorize_query(new, pkce()))

    answer = browser.post("/oauth/authorize", data=form, content_type=FORM, follow=True)

    assert answer.status_code == 200
    assert "code" in sent_back(allow(browser, answer))


@conforms("OIDC Core", "3.1.2.1", "prompt=none shows no page: login_required without a sign-in.")
def test_prompt_none_without_a_sign_in_is_login_required(new: Any) -> None:
    back = sent_back(ask(Browser(), new, prompt="none"))

    assert (back["error"], back["state"]) == ("login_required", "a-state")


@conforms("OIDC Core", "3.1.2.1", "prompt=none shows no page: consent_required without consent.")
def test_prompt_none_without_consent_is_consent_required(new: Any, world: World) -> None:
    back = sent_back(ask(signed_in(world.bo), new, prompt="none"))

    assert back["error"] == "consent_required"


@conforms("OIDC Core", "3.1.2.1", "prompt=none answers with a code where nothing is left to ask.")
def test_prompt_none_after_consent_gives_a_code(new: Any, agreed: Browser) -> None:
    assert "code" in sent_back(ask(agreed, new, prompt="none"))


@conforms("OIDC Core", "3.1.2.1", "prompt=none beside another value is refused.")
def test_prompt_none_with_login_is_invalid(new: Any, agreed: Browser) -> None:
    assert sent_back(ask(agreed, new, prompt="none login"))["error"] == "invalid_request"


@conforms("OIDC Core", "3.1.2.1", "prompt=login asks for the password again.")
def test_prompt_login_leads_to_the_sign_in_page(new: Any, agreed: Browser) -> None:
    answer = ask(agreed, new, prompt="login")

    assert (answer.status_code, "/account/" in answer["Location"]) == (302, True)


@conforms("OIDC Core", "3.1.2.1", "prompt=consent asks again.")
def test_prompt_consent_shows_the_page(new: Any, agreed: Browser) -> None:
    assert ask(agreed, new, prompt="consent").status_code == 200


@conforms("OIDC Core", "3.1.2.1", "max_age asks for a sign-in that is young enough.")
def test_old_sign_in_is_not_enough(new: Any, agreed: Browser, time_machine: Any) -> None:
    time_machine.move_to(datetime.now(tz=UTC) + timedelta(seconds=30))

    answer = ask(agreed, new, max_age="1")

    assert (answer.status_code, "/account/" in answer["Location"]) == (302, True)


@conforms("OIDC Core", "3.1.2.1", "With max_age the ID token says auth_time.")
def test_max_age_gives_auth_time(new: Any, world: World) -> None:
    claims = claims_in(tokens_of(world.bo, new, max_age="10000")["id_token"])

    assert abs(claims["auth_time"] - datetime.now(tz=UTC).timestamp()) <= 10


@conforms("OIDC Core", "3.1.2.1", "A hint about somebody else does not let this person in.")
def test_hint_of_another_person_is_login_required(new: Any, world: World) -> None:
    theirs = web_app(partner=world.globex, scopes=SCOPES)
    hint = tokens_of(world.cy, theirs)["id_token"]

    back = sent_back(ask(signed_in(world.bo), new, prompt="none", id_token_hint=hint))

    assert back["error"] == "login_required"


@conforms("OIDC Core", "3.1.2.1", "Hints and display wishes that mean nothing do no harm.")
@pytest.mark.parametrize(
    "changes",
    (
        {"login_hint": "somebody@acme.example"},
        {"ui_locales": "fr-CA fr en"},
        {"display": "popup"},
        {"acr_values": "urn:nothing 1 2"},
        {"claims_locales": "se"},
    ),
)
def test_wishes_are_ignored(changes: dict[str, str], new: Any, world: World) -> None:
    assert ask(signed_in(world.bo), new, **changes).status_code == 200


@conforms("OIDC Core", "3.1.2.2", "A faulty parameter is invalid_request.")
@pytest.mark.parametrize(
    "changes",
    (
        {"max_age": "-1"},
        {"max_age": "soon"},
        {"prompt": "dance"},
        {"claims": "{"},
        {"claims": "[]"},
        {"claims": '{"id_token": 7}'},
    ),
)
def test_faulty_parameter_is_invalid_request(
    changes: dict[str, str], new: Any, world: World
) -> None:
    assert sent_back(ask(signed_in(world.bo), new, **changes))["error"] == "invalid_request"


@conforms("OIDC Core", "5.5", "A claim asked for in the ID token stands there.")
def test_claim_asked_for_is_in_the_id_token(new: Any, world: World) -> None:
    wanted = json.dumps({"id_token": {"email": {"essential": True}}})

    claims = claims_in(tokens_of(world.bo, new, claims=wanted)["id_token"])

    assert claims["email"] == world.bo.email


@conforms("OIDC Core", "5.5", "Claims that do not exist are ignored.")
def test_unknown_claims_are_ignored(new: Any, world: World) -> None:
    wanted = json.dumps({"id_token": {"shoe_size": None}, "userinfo": {"x": {"value": [1]}}})

    assert "shoe_size" not in claims_in(tokens_of(world.bo, new, claims=wanted)["id_token"])


@conforms("OIDC Core", "6.1", "A request object that is not supported is refused by its code.")
def test_request_object_is_not_supported(new: Any, world: World) -> None:
    back = sent_back(ask(signed_in(world.bo), new, request="e30.e30."))

    assert back["error"] == "request_not_supported"


@conforms("OIDC Core", "3.1.2.4", "The person is asked before anything is told about them.")
def test_first_request_shows_what_would_be_told(new: Any, world: World) -> None:
    page = ask(signed_in(world.bo), new)

    assert [name for name in ("openid", "profile", "email") if name in _shown(page)] == [
        "openid",
        "profile",
        "email",
    ]


def _shown(page: Any) -> list[str]:
    return [scope.name for scope in page.context["scopes"]]


@conforms("OIDC Core", "11", "Without offline_access the client does not stay connected.")
def test_no_offline_access_is_no_refresh_token(new: Any, world: World) -> None:
    browser, proof = signed_in(world.bo), pkce()
    code = sent_back(allow(browser, ask(browser, new, proof, scope="openid")))["code"]

    assert "refresh_token" not in told(redeem(new, code, proof))
