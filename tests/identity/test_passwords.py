"""Passwords: what may be one, and what changing one takes."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from pytest_django import Settings

from tests.conformance.compliance import conforms
from tests.factories.factors import give_password
from tests.factories.identity import PASSWORD, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
CHANGE = "/account/password/change/"
LONG = "ä correct horse battery staple " * 5


def change(browser: Browser, new: str, old: str = PASSWORD) -> Any:
    return browser.post(CHANGE, {"oldpassword": old, "password1": new, "password2": new})


def changed_to(new: str, then: str) -> bool:
    """Whether somebody who set ``new`` can sign in with ``then``."""
    user, browser = staff(), Browser()
    give_password(browser, user)
    change(browser, new)
    return bool(give_password(Browser(), user, then).status_code == 302)


@conforms("ASVS 5 V6", "6.2.9", "Passwords of more than 64 characters are taken.")
@pytest.mark.parametrize("length", (12, 64, 128, len(LONG)))
def test_long_password_is_taken_as_it_is(length: int) -> None:
    assert changed_to(LONG[:length].strip() + "!", LONG[:length].strip() + "!") is True


@conforms("ASVS 5 V6", "6.2.8", "Passwords are compared exactly as given: whole, with their case.")
@pytest.mark.parametrize("then", (LONG[:-1], LONG[:72], LONG.upper(), LONG.strip()))
def test_password_is_compared_whole(then: str) -> None:
    assert changed_to(LONG, then) is False


@conforms("ASVS 5 V6", "6.2.5", "No rule asks for kinds of characters.")
@pytest.mark.parametrize("new", ("zzkqwvxnhtrb", "            ~", "ひらがなのながいことばです"))
def test_no_kind_of_character_is_demanded(new: str) -> None:
    assert changed_to(new, new) is True


@conforms("ASVS 5 V6", "6.2.1", "A password has at least 12 characters.")
@conforms("ASVS 5 V6", "6.2.4", "Common passwords are refused.")
@pytest.mark.parametrize("new", ("elevenchars", "Password1234", "administrator@buyer.example"))
def test_weak_password_is_refused(new: str) -> None:
    assert changed_to(new, new) is False


@conforms("ASVS 5 V6", "6.2.3", "Changing the password takes the present one.")
@pytest.mark.parametrize("old", ("", "not the password"))
def test_changing_takes_the_present_password(old: str) -> None:
    user, browser = staff(), Browser()
    give_password(browser, user)

    answer = change(browser, "a new battery", old)

    assert (answer.status_code, user.check_password(PASSWORD)) == (200, True)
    assert give_password(Browser(), user).status_code == 302


@conforms("ASVS 5 V6", "6.2.7", "Password managers find the fields, and pasting works.")
def test_fields_say_what_they_are_for() -> None:
    browser = Browser()
    first = browser.get("/account/login/").content.decode()
    give_password(browser, staff())
    then = browser.get(CHANGE).content.decode()

    assert (first.count('autocomplete="current-password"'), first.count('type="password"')) == (
        1,
        1,
    )
    assert then.count('autocomplete="new-password"') == 2
    assert "onpaste" not in first + then


@pytest.fixture(params=("plain", "gzip"))
def denylist(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> None:
    """A list of the operator's with two entries."""
    path, text = tmp_path / "list", "Nordwind-Forever\nsupplier portal 2026\n"
    path.write_bytes(gzip.compress(text.encode()) if request.param == "gzip" else text.encode())
    options = {"password_list_path": path}
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "apps.identity.validator.DenylistValidator", "OPTIONS": options}
    ]


@conforms("ASVS 5 V6", "6.2.12", "Passwords on the operator's list are refused.")
@pytest.mark.usefixtures("denylist")
@pytest.mark.parametrize(
    "password", ("nordwind-forever", "NORDWIND-FOREVER", "Supplier Portal 2026")
)
def test_password_on_the_operators_list_is_refused_whatever_its_case(password: str) -> None:
    with pytest.raises(ValidationError, match="refused here"):
        validate_password(password)


@pytest.mark.usefixtures("denylist")
def test_password_on_no_list_is_taken() -> None:
    validate_password("nordwind-forever-more")
