"""Wrong passkeys are limited where they come from, and keep nobody else from signing in."""

import json
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from django.test import Client as Browser
from fido2.utils import websafe_encode

from apps.identity.models import User
from apps.identity.services.attempts import PASSKEYS_OF_PAIR, PASSKEYS_OF_PLACE
from tests.conformance.compliance import conforms
from tests.factories.factors import Passkey, add_passkey, give_password, sign_in_with
from tests.factories.identity import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
PATH = "/account/2fa/webauthn/login/"
HOME, ELSEWHERE = "203.0.113.9", "198.51.100.1"


def with_passkey(passkey: Passkey, at: str = ELSEWHERE) -> User:
    user, browser = staff(), Browser(REMOTE_ADDR=at)
    give_password(browser, user)
    add_passkey(browser, passkey)
    return user


def wrong(ip: str, user: User | None = None) -> int:
    """Somebody without an account, who may say that it is one."""
    browser = Browser(REMOTE_ADDR=ip)
    browser.get(PATH, headers={"Accept": "application/json"})
    claimed = websafe_encode(user_pk_to_url_str(user).encode()) if user else "AA"
    parts = {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"}
    said = {"id": "AA", "rawId": "AA", "type": "public-key"}
    credential = {**said, "response": {**parts, "userHandle": claimed}}
    return browser.post(PATH, {"credential": json.dumps(credential)}).status_code


def come(ip: str, passkey: Passkey, user: User) -> Any:
    return sign_in_with(Browser(REMOTE_ADDR=ip), passkey, user).status_code


@conforms("ASVS 5 V6", "6.3.1", "Wrong passkeys of many addresses lock nobody out.")
def test_wrong_passkeys_of_many_places_lock_nobody_out() -> None:
    passkey = Passkey()
    user = with_passkey(passkey)

    tries = {wrong(f"192.0.2.{number}") for number in range(60)}

    assert (tries, come(HOME, passkey, user)) == ({302}, 302)


def test_wrong_passkeys_that_name_an_account_do_not_lock_it_elsewhere() -> None:
    passkey = Passkey()
    user = with_passkey(passkey)

    tries = {wrong(f"192.0.2.{number}", user) for number in range(60)}

    assert (tries, come(HOME, passkey, user)) == ({302}, 302)


def test_a_few_wrong_passkeys_do_not_keep_the_neighbours_out() -> None:
    passkey = Passkey()
    user = with_passkey(passkey)
    for _ in range(PASSKEYS_OF_PAIR.most + 1):
        wrong(HOME)

    assert come(HOME, passkey, user) == 302


def test_many_wrong_passkeys_of_one_place_are_limited_but_not_for_who_is_known_there() -> None:
    passkey, stranger = Passkey(), Passkey()
    user = with_passkey(passkey, at=HOME)

    tries = [wrong(HOME) for _ in range(PASSKEYS_OF_PLACE.most + 1)]

    assert tries == [302] * PASSKEYS_OF_PLACE.most + [429]
    assert come(HOME, passkey, user) == 302
    assert (
        sign_in_with(
            Browser(REMOTE_ADDR=HOME), stranger, staff(email="x@buyer.example")
        ).status_code
        == 429
    )


def test_wrong_passkeys_of_one_account_from_one_place_are_limited() -> None:
    user = with_passkey(Passkey())

    tries = [wrong(HOME, user) for _ in range(PASSKEYS_OF_PAIR.most + 1)]

    assert tries == [302] * PASSKEYS_OF_PAIR.most + [429]
