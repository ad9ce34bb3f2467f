"""What of authorization details is restricted goes with its scope: only into bound tokens."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from joserfc.jwk import Key

from apps.identity.models import User
from apps.oauth.models import TokenSession
from apps.oauth.services import NewClient
from apps.oauth.services.dpop import fresh_nonce
from apps.projects.services import add_member
from tests.conformance.compliance import conforms
from tests.conformance.stage import allow, ask, claims_in, sent_back, signed_in, told
from tests.factories import device
from tests.factories.details import CREATE, entry, purchasing
from tests.factories.jose import client_key, dpop_proof
from tests.factories.oauth import REDIRECT_URI, basic, pkce, post_form, web_app
from tests.factories.world import SETUP, World, person

pytestmark = pytest.mark.django_db
APPROVE = "purchase_orders:approve"
SCOPES = (CREATE, APPROVE, "offline_access")
TOKEN = "/oauth/token"


@pytest.fixture
def ann(world: World) -> User:
    """An administrator of the buyer's, member of the project Office."""
    somebody, at = person("ann@nordwind.example", is_staff=True), datetime.now(tz=UTC)
    somebody.groups.add(Group.objects.get(name="administrator"))
    add_member(actor=SETUP, at=at, project=world.office, user=somebody)
    return somebody


@pytest.fixture
def app(world: World) -> NewClient:
    del world
    return web_app(scopes=SCOPES)


def proof_of(key: Key | None) -> dict[str, str]:
    if key is None:
        return {}
    nonce = fresh_nonce(datetime.now(tz=UTC))
    return {"DPoP": dpop_proof(key, "POST", f"https://buyer.example{TOKEN}", nonce=nonce)}


def post(app: NewClient, form: dict[str, Any], key: Key | None) -> dict[str, Any]:
    authorization = basic(app.client, app.secret)
    return told(post_form(TOKEN, form, authorization=authorization, headers=proof_of(key)))


def granted(ann: User, app: NewClient, key: Key | None, **asked: Any) -> dict[str, Any]:
    """What the code gives, redeemed with this key or none."""
    verifier, browser = pkce(), signed_in(ann)
    page = ask(browser, app, verifier, **asked)
    form = {
        "grant_type": "authorization_code",
        "code": sent_back(allow(browser, page))["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": verifier.verifier,
    }
    return post(app, form, key)


def again(app: NewClient, first: dict[str, Any], key: Key | None, **more: str) -> dict[str, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], **more}
    return post(app, form, key)


def actions_in(answer: dict[str, Any]) -> list[str]:
    [one] = claims_in(answer["access_token"])["authorization_details"]
    assert answer["authorization_details"] == [one]
    return list(one["actions"])


@conforms("RFC 9396", "7.1", "What is granted of the actions is what the token's scopes allow.")
def test_actions_of_an_unbound_token_agree_with_its_scope(
    world: World, ann: User, app: NewClient
) -> None:
    first = granted(ann, app, None, authorization_details=purchasing(entry(world.office)))

    second = again(app, first, None)

    assert first["scope"] == f"{CREATE} offline_access"
    assert [actions_in(first), actions_in(second)] == [["create", "submit"]] * 2
    [limits] = TokenSession.objects.get(user=ann).authorization_details
    assert limits["actions"] == ["create", "submit"]


def test_actions_of_a_bound_token_keep_what_is_restricted(
    world: World, ann: User, app: NewClient
) -> None:
    key = client_key()
    first = granted(ann, app, key, authorization_details=purchasing(entry(world.office)))

    second = again(app, first, key)

    assert [one["scope"] for one in (first, second)] == [" ".join(SCOPES)] * 2
    assert [actions_in(first), actions_in(second)] == [["create", "submit", "approve"]] * 2


def test_token_of_fewer_scopes_has_fewer_actions(world: World, ann: User, app: NewClient) -> None:
    key = client_key()
    first = granted(ann, app, key, authorization_details=purchasing(entry(world.office)))

    narrow = again(app, first, key, scope=f"{APPROVE} offline_access")
    whole = again(app, first, key)

    assert [actions_in(narrow), actions_in(whole)] == [["approve"], ["create", "submit", "approve"]]


def test_refresh_that_asks_for_what_is_restricted_says_what_it_needs(
    world: World, ann: User, app: NewClient
) -> None:
    limits = purchasing(entry(world.office))
    first = granted(ann, app, None, authorization_details=limits)
    approving = purchasing(entry(world.office, actions=["approve"]))

    by_scope = again(app, first, None, scope=f"{CREATE} {APPROVE}")
    by_action = again(app, first, None, authorization_details=approving)

    assert by_scope == {
        "error": "invalid_scope",
        "error_description": f"The session does not hold {APPROVE}. A restricted scope is only for "
        "a token bound to a key: send a DPoP proof from the first token request on.",
    }
    assert by_action == {
        "error": "invalid_authorization_details",
        "error_description": "authorization_details[0].actions goes beyond what was granted.",
    }


def test_code_that_names_only_what_is_restricted_needs_a_key(
    world: World, ann: User, app: NewClient
) -> None:
    limits = purchasing(entry(world.office, actions=["approve"]))

    unbound = granted(ann, app, None, authorization_details=limits)

    assert (unbound["scope"], actions_in(unbound)) == (f"{CREATE} offline_access", [])


def consent_page(ann: User, app: NewClient, world: World, **asked: str) -> str:
    limits = purchasing(entry(world.office))
    return str(ask(signed_in(ann), app, authorization_details=limits, **asked).content.decode())


def test_page_says_what_is_given_for_a_key_only(world: World, ann: User, app: NewClient) -> None:
    page = consent_page(ann, app, world)

    assert page.count("Only if the application proves that it holds a key (DPoP)") == 1
    assert "To approve is left out of it if the application proves no key" in page


def test_page_of_a_request_that_names_its_key_says_nothing_of_it(
    world: World, ann: User, app: NewClient
) -> None:
    page = consent_page(ann, app, world, dpop_jkt=client_key().thumbprint())

    assert APPROVE in page
    assert "the application proves" not in page


def test_page_of_an_app_that_is_always_bound_says_nothing_of_keys(world: World, ann: User) -> None:
    app = web_app(scopes=SCOPES)
    app.client.dpop_bound_access_tokens = True
    app.client.save()

    assert "proves" not in consent_page(ann, app, world)


def test_page_of_a_device_says_it_too(world: World, ann: User) -> None:
    waiting = device.device(
        device.scanner(scopes=(CREATE, APPROVE)),
        authorization_details=json.dumps([entry(world.office)]),
    )
    browser = device.browser_of(ann)
    page = device.type_code(browser, waiting.user_code)

    device.decide(browser, page)
    answer = told(waiting.poll())

    assert page.content.decode().count("Only if the application proves") == 1
    assert (answer["scope"], actions_in(answer)) == (CREATE, ["create", "submit"])
