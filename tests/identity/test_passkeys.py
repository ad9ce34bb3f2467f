"""Passkeys: setting them up, signing in by them, and what is refused."""

import json
from typing import Any

import pytest
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.test import Client as Browser

from apps.audit.models import Event
from apps.identity.models import User
from tests.conformance.compliance import conforms
from tests.factories.factors import (
    PRESENT,
    Passkey,
    add_passkey,
    app_of,
    give_password,
    sign_in_with,
)
from tests.factories.identity import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def actions() -> list[str]:
    return list(Event.objects.order_by("id").values_list("action", flat=True))


def signed_in() -> tuple[User, Browser]:
    user, browser = staff(), Browser()
    give_password(browser, user)
    return user, browser


def with_passkey(passkey: Passkey) -> User:
    user, browser = signed_in()
    add_passkey(browser, passkey)
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    return user


@conforms("ASVS 5 V6", "6.3.3", "A passkey that verifies its user is sign-in by several factors.")
def test_passkey_alone_signs_in_and_says_so() -> None:
    passkey, browser = Passkey(), Browser()
    user = with_passkey(passkey)

    answer = sign_in_with(browser, passkey, user, next="/admin/")

    assert (answer["Location"], is_in(browser)) == ("/admin/", True)
    assert Event.objects.filter(action="user.signed_in").latest("id").data == {
        "methods": ["webauthn"]
    }
    (record,) = get_authentication_records(browser.get("/account/").wsgi_request, user)
    assert (record["method"], record["type"], record["passwordless"]) == ("mfa", "webauthn", True)


def test_passkey_is_the_second_factor_after_the_password() -> None:
    passkey, browser = Passkey(), Browser()
    user = with_passkey(passkey)
    give_password(browser, user)
    half = is_in(browser)

    options = browser.get("/account/2fa/authenticate/").context["js_data"]["request_options"]
    form = {"credential": json.dumps(passkey.get(options, user))}
    browser.post("/account/2fa/authenticate/", form)

    assert (half, is_in(browser)) == (False, True)


def test_passkey_is_bound_to_the_host_of_public_url_whatever_the_request_claims() -> None:
    browser = Browser(headers={"Host": "evil.example", "Accept": "application/json"})

    options = browser.get("/account/2fa/webauthn/login/").json()["request_options"]["publicKey"]

    assert (options["rpId"], options["userVerification"]) == ("buyer.example", "required")


@pytest.mark.parametrize(
    "origin",
    ("https://evil.example", "https://www.buyer.example", "https://buyer.example:8443",
     "http://buyer.example"),
)  # fmt: skip
@conforms("ASVS 5 V6", "6.3.3", "What a passkey signed at another origin signs nobody in.")
def test_passkey_used_on_another_origin_is_refused(origin: str) -> None:
    passkey, browser = Passkey(), Browser()
    user = with_passkey(passkey)

    passkey.origin = origin
    sign_in_with(browser, passkey, user)

    assert is_in(browser) is False


def test_passkey_that_did_not_verify_its_user_is_refused() -> None:
    passkey, browser = Passkey(), Browser()
    user = with_passkey(passkey)

    passkey.flags = PRESENT
    sign_in_with(browser, passkey, user)

    assert is_in(browser) is False


def test_options_of_ones_own_second_step_let_nobody_use_a_strangers_key_without_its_user() -> None:
    """The challenge of a second step must not be weaker than that of a sign-in by passkey."""
    passkey, browser = Passkey(), Browser()
    victim = with_passkey(passkey)
    attacker = staff(email="eve@buyer.example")
    app_of(attacker)
    give_password(browser, attacker)
    options = browser.get("/account/2fa/authenticate/").context["js_data"]["request_options"]

    browser.post("/account/logout/")

    passkey.flags = PRESENT
    stolen = json.dumps(passkey.get(options, victim))
    browser.post("/account/2fa/webauthn/login/", {"credential": stolen})

    assert is_in(browser) is False


@conforms("ASVS 5 V6", "6.7.2", "The challenge of a passkey is used once.")
def test_answer_of_a_passkey_counts_once() -> None:
    passkey, here, elsewhere = Passkey(), Browser(), Browser()
    user = with_passkey(passkey)
    path = "/account/2fa/webauthn/login/"
    options = here.get(path, headers={"Accept": "application/json"}).json()["request_options"]
    form = {"credential": json.dumps(passkey.get(options, user))}

    here.post(path, form)
    elsewhere.post(path, form)
    here.post("/account/logout/")
    here.post(path, form)

    assert (is_in(here), is_in(elsewhere)) == (False, False)


def test_strangers_passkey_signs_in_nobody_else() -> None:
    passkey, browser = Passkey(), Browser()
    with_passkey(passkey)

    sign_in_with(browser, Passkey(), staff(email="bo@buyer.example"))

    assert is_in(browser) is False
    assert Event.objects.filter(action="user.sign_in_failed").latest("id").data == {
        "reason": "second factor"
    }


def _empty(**response: str) -> str:
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": response})


HOSTILE: tuple[Any, ...] = (
    "", "null", "[]", "{", "1", "[" * 10_000, '"x"', "{}", '{"id": 1}',
    '{"id": "\\u0000", "rawId": "AA", "response": {}, "type": "public-key"}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": []}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": 7}}',
    _empty(clientDataJSON="AA", authenticatorData="AA", signature="AA", userHandle="AA"),
    _empty(clientDataJSON="e30", attestationObject="oA", authenticatorData="AA", signature="AA"),
    "x" * 300_000,
)  # fmt: skip


@pytest.mark.parametrize("credential", HOSTILE)
def test_passkey_that_is_none_is_refused(credential: str) -> None:
    stranger, (_user, browser) = Browser(), signed_in()
    stranger.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    browser.get("/account/2fa/webauthn/add/")

    answers = [
        stranger.post("/account/2fa/webauthn/login/", {"credential": credential}),
        browser.post("/account/2fa/webauthn/add/", {"name": "x", "credential": credential}),
    ]

    assert [answer.status_code for answer in answers] == [302, 200]
    assert Authenticator.objects.exists() is False


def test_real_answer_with_more_in_it_than_the_database_stores_is_refused() -> None:
    _user, browser = signed_in()
    page = browser.get("/account/2fa/webauthn/add/")
    credential = Passkey().create(page.context["js_data"]["creation_options"])
    credential["clientExtensionResults"]["\x00"] = "x"

    answer = browser.post("/account/2fa/webauthn/add/", {"credential": json.dumps(credential)})

    assert (answer.status_code, Authenticator.objects.exists()) == (200, False)


@conforms("ASVS 5 V6", "6.5.6", "A passkey is taken away by its owner, and by nobody else.")
def test_passkey_is_renamed_and_removed_by_its_owner_alone() -> None:
    user, browser = signed_in()
    add_passkey(browser, Passkey())
    key = Authenticator.objects.get(type="webauthn").pk
    eve, other = Browser(), staff(email="eve@buyer.example")
    give_password(eve, other)

    renamed = browser.post(f"/account/2fa/webauthn/keys/{key}/edit/", {"name": "Desk"})
    foreign = [eve.post(f"/account/2fa/webauthn/keys/{key}/{act}/") for act in ("edit", "remove")]
    named = Authenticator.objects.get(pk=key).data["name"]
    browser.post(f"/account/2fa/webauthn/keys/{key}/remove/")

    assert (renamed.status_code, named) == (302, "Desk")
    assert [answer.status_code for answer in foreign] == [404, 404]
    assert Authenticator.objects.filter(user=user).exists() is False
    assert [one for one in actions() if "passkey" in one] == [
        "user.passkey_added",
        "user.passkey_removed",
    ]
