"""What of chapter V6 is seen over HTTP and has no other test."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client as Browser
from fido2.utils import websafe_decode

from tests.conformance.compliance import conforms
from tests.factories.factors import app_of, give_password, recovery_codes_of
from tests.factories.identity import staff
from tests.factories.portal import mailed_link

pytestmark = pytest.mark.django_db
RESET = "/account/password/reset/"
NEW = {"password1": "a new battery", "password2": "a new battery"}


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


@conforms("ASVS 5 V6", "6.2.6", "Every field for a password masks what is typed.")
@pytest.mark.parametrize(
    ("path", "fields"),
    (("/account/login/", 1), ("/account/password/change/", 3), ("/account/reauthenticate/", 1)),
)
def test_password_is_masked(path: str, fields: int) -> None:
    browser = Browser()
    if path != "/account/login/":
        give_password(browser, staff())

    page = browser.get(path).content.decode()

    found = [one for one in re.findall(r"<input[^>]*>", page) if re.search('name="[^"]*pass', one)]
    assert ['type="password"' in one for one in found] == [True] * fields


@conforms("ASVS 5 V6", "6.2.10", "No password has to be changed for its age.")
def test_old_password_signs_in() -> None:
    user, browser = staff(), Browser()

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(days=3650)):
        answer = give_password(browser, user)

        assert (answer["Location"], is_in(browser)) == ("/account/", True)


@conforms("ASVS 5 V6", "6.3.6", "A mail signs nobody in: its link sets a password, and no more.")
def test_link_of_a_mail_signs_nobody_in() -> None:
    user, browser = staff(), Browser()
    browser.post(RESET, {"email": user.email})

    page = browser.get(mailed_link(), follow=True)
    followed = is_in(browser)
    browser.post(page.request["PATH_INFO"], NEW)

    assert (followed, is_in(browser)) == (False, False)
    assert give_password(browser, user, NEW["password1"])["Location"] == "/account/"


@conforms("ASVS 5 V6", "6.4.2", "Who has forgotten the password is asked for the address alone.")
def test_forgotten_password_takes_no_hint() -> None:
    page = Browser().get(RESET)

    assert list(page.context["form"].fields) == ["email"]


@conforms("ASVS 5 V6", "6.5.4", "A recovery code has 26 bits, and no two people share theirs.")
def test_recovery_codes_are_long_and_ones_own() -> None:
    people = [staff(email=f"{name}@buyer.example") for name in ("ann", "bea")]
    for one in people:
        app_of(one)

    first, second = (recovery_codes_of(one) for one in people)

    assert [bool(re.fullmatch(r"[0-9]{8}", code)) for code in first + second] == [True] * 20
    assert len({*first, *second}) == 20


@conforms("ASVS 5 V6", "6.7.2", "The challenge of a passkey is random, of 128 bits or more.")
def test_challenges_are_long_and_never_the_same() -> None:
    told = [
        Browser().get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
        for _ in range(2)
    ]

    first, second = (
        websafe_decode(one.json()["request_options"]["publicKey"]["challenge"]) for one in told
    )

    assert min(len(first), len(second)) >= 16
    assert first != second


@pytest.mark.django_db(transaction=True)
@conforms("ASVS 5 V6", "6.3.7", "People get a mail when their password was replaced.")
def test_new_password_is_told_by_mail() -> None:
    user, browser = staff(), Browser()
    browser.post(RESET, {"email": user.email})
    page = browser.get(mailed_link(), follow=True)

    browser.post(page.request["PATH_INFO"], NEW)

    told = mail.outbox[-1]
    assert (told.to, NEW["password1"] in str(told.body)) == ([user.email], False)
    assert "password" in told.subject.lower()
    assert len(mail.outbox) == 2
