"""Guessing has limits, they lock nobody else out, and nothing tells who has an account."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.audit.models import Event
from apps.identity.models import User
from apps.identity.services.attempts import (
    CODES_OF_ACCOUNT,
    CODES_OF_PAIR,
    PASSWORDS_OF_PAIR,
    PASSWORDS_OF_PLACE,
    RESET_MAILS,
    RESETS_OF_PAIR,
)
from tests.conformance.compliance import conforms
from tests.factories.factors import app_of, give_code, give_password
from tests.factories.hashers import counted
from tests.factories.identity import PASSWORD, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
EVE, OWNER = "203.0.113.66", "198.51.100.7"
RESET = "/account/password/reset/"


def guess(user: User, ip: str, password: str = "wrong wrong wrong", **more: Any) -> Any:
    return give_password(Browser(), user, password, REMOTE_ADDR=ip, **more)


def fail(user: User, ip: str, times: int = PASSWORDS_OF_PAIR.most) -> list[int]:
    return [guess(user, ip).status_code for _ in range(times)]


def wrong_codes(user: User, ip: str, times: int) -> list[int]:
    browser = Browser(REMOTE_ADDR=ip)
    give_password(browser, user)
    return [give_code(browser, "000000").status_code for _ in range(times)]


# --- Passwords ------------------------------------------------------------------------------------
@conforms("ASVS 5 V6", "6.3.1", "Guessing passwords is limited; the refusal says how long.")
def test_guesses_of_one_account_from_one_address_are_limited() -> None:
    user = staff()

    allowed = fail(user, EVE)
    refused = guess(user, EVE)
    even_right = guess(user, EVE, PASSWORD)

    assert allowed == [200] * PASSWORDS_OF_PAIR.most
    assert (refused.status_code, even_right.status_code) == (429, 429)
    assert 0 < int(refused["Retry-After"]) <= PASSWORDS_OF_PAIR.seconds
    assert refused.templates[0].name == "429.html"


@conforms("ASVS 5 V6", "6.3.1", "Nobody locks another out by failing to sign in as them.")
def test_failures_of_somebody_elsewhere_never_make_the_owner_wait() -> None:
    user = staff()
    fail(user, EVE, PASSWORDS_OF_PAIR.most + 1)

    entered = guess(user, OWNER, PASSWORD)

    assert (entered.status_code, entered["Location"]) == (302, "/account/")


def test_failures_of_many_addresses_never_make_the_owner_wait() -> None:
    user = staff()
    for n in range(12):
        fail(user, f"203.0.113.{n}")

    assert guess(user, OWNER, PASSWORD).status_code == 302


def test_failures_of_one_address_at_many_accounts_are_limited() -> None:
    browser = Browser(REMOTE_ADDR=EVE)
    for n in range(PASSWORDS_OF_PLACE.most):
        form = {"login": f"somebody{n}@buyer.example", "password": PASSWORD}
        browser.post("/account/login/", form)

    refused = guess(staff(), EVE, PASSWORD)

    assert refused.status_code == 429


def test_failures_of_neighbours_do_not_stop_who_has_signed_in_there_before() -> None:
    known, unknown = staff(), staff(email="new@buyer.example")
    guess(known, EVE, PASSWORD)
    for n in range(PASSWORDS_OF_PLACE.most):
        form = {"login": f"somebody{n}@buyer.example", "password": PASSWORD}
        Browser().post("/account/login/", form, REMOTE_ADDR=EVE)

    answers = [guess(user, EVE, PASSWORD).status_code for user in (known, unknown)]

    assert answers == [302, 429]


@pytest.mark.parametrize(
    "spelling", ("ADMINISTRATOR@BUYER.EXAMPLE", "adm\u0131nistrator@buyer.example",
                 " administrator@buyer.example ")
)  # fmt: skip
def test_another_spelling_of_an_account_buys_no_fresh_tries(spelling: str) -> None:
    user = staff()
    fail(user, EVE)

    form = {"login": spelling, "password": PASSWORD}
    answer = Browser().post("/account/login/", form, REMOTE_ADDR=EVE)

    assert answer.status_code == 429


def test_limits_count_by_the_edges_address_whatever_a_header_claims() -> None:
    """A caller who is no listed proxy cannot buy fresh tries with invented addresses."""
    user = staff()

    codes = [
        guess(user, EVE, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(PASSWORDS_OF_PAIR.most + 1)
    ]

    assert codes[-1] == 429


def test_limited_tries_leave_one_event_per_window() -> None:
    user = staff()
    fail(user, EVE, PASSWORDS_OF_PAIR.most + 5)

    event = Event.objects.get(action="user.sign_in_limited")
    assert (event.subject_id, event.outcome, event.private["ip"]) == (user.public_id, "denied", EVE)
    failed = Event.objects.filter(action="user.sign_in_failed")
    assert failed.count() == PASSWORDS_OF_PAIR.most


# --- Codes ----------------------------------------------------------------------------------------
@conforms("ASVS 5 V6", "6.3.1", "Guessing codes is limited.")
def test_guesses_of_codes_are_limited() -> None:
    user = staff()
    app = app_of(user)
    browser = Browser(REMOTE_ADDR=EVE)
    give_password(browser, user)

    allowed = [give_code(browser, "000000").status_code for _ in range(CODES_OF_PAIR.most)]
    refused = give_code(browser, app.code())

    assert allowed == [200] * CODES_OF_PAIR.most
    assert (refused.status_code, "Retry-After" in refused) == (429, True)


def test_wrong_codes_elsewhere_do_not_stop_the_owner() -> None:
    user = staff()
    app = app_of(user)
    wrong_codes(user, EVE, CODES_OF_PAIR.most + 1)

    browser = Browser(REMOTE_ADDR=OWNER)
    give_password(browser, user)

    assert give_code(browser, app.code())["Location"] == "/account/"


def test_wrong_codes_of_many_addresses_are_limited_but_not_where_the_owner_is_known() -> None:
    user = staff()
    app = app_of(user)
    at_home = Browser(REMOTE_ADDR=OWNER)
    give_password(at_home, user)
    give_code(at_home, app.code())
    at_home.post("/account/logout/")
    for n in range(CODES_OF_ACCOUNT.most // CODES_OF_PAIR.most):
        wrong_codes(user, f"203.0.113.{n}", CODES_OF_PAIR.most)

    elsewhere = wrong_codes(user, EVE, 1)
    give_password(at_home, user)
    home = give_code(at_home, "000000").status_code

    assert (elsewhere, home) == ([429], 200)


# --- Who has an account ---------------------------------------------------------------------------
def shown(answer: Any) -> tuple[int, str]:
    """A page without what differs in any two."""
    text = re.sub(r'value="[^"]*"', "", answer.content.decode())
    return answer.status_code, text


@conforms("ASVS 5 V6", "6.3.8", "A failed sign-in does not tell whether the account exists.")
def test_known_and_unknown_accounts_get_one_answer_after_the_same_work(
    settings: Settings,
) -> None:
    settings.PASSWORD_HASHERS = ["tests.factories.hashers.CountingHasher"]
    user = staff()
    seen, statements = [], []

    for email in (user.email, "nobody@buyer.example"):
        form = {"login": email, "password": "wrong wrong wrong"}
        with counted() as hashed, CaptureQueriesContext(connection) as queries:
            answer = Browser().post("/account/login/", form)
        seen.append((shown(answer), hashed[0]))
        statements.append(len(queries))

    assert seen[0] == seen[1]
    assert seen[0][1] == 1
    # allauth looks once more for an address it does not know: next to the hash, that is nothing.
    assert statements[1] - statements[0] <= 1


def test_known_and_unknown_accounts_are_limited_alike() -> None:
    user = staff()
    answers = []

    for email in (user.email, "nobody@buyer.example"):
        form = {"login": email, "password": "wrong wrong wrong"}
        for _ in range(PASSWORDS_OF_PAIR.most + 1):
            answer = Browser().post("/account/login/", form)
        answers.append(shown(answer))

    assert answers[0] == answers[1]
    assert answers[0][0] == 429


# --- Asking for a new password --------------------------------------------------------------------
def ask(email: str, ip: str = EVE) -> Any:
    return Browser().post(RESET, {"email": email}, REMOTE_ADDR=ip)


@conforms("ASVS 5 V6", "6.3.8", "Asking for a new password does not tell who has an account.")
def test_asking_for_a_link_is_answered_and_limited_alike() -> None:
    user = staff()
    answers = [
        [ask(email).status_code for _ in range(RESETS_OF_PAIR.most + 1)]
        for email in (user.email, "nobody@buyer.example")
    ]

    assert answers[0] == answers[1] == [302] * RESETS_OF_PAIR.most + [429]
    assert len(mail.outbox) == 2 * RESETS_OF_PAIR.most


def test_asking_elsewhere_keeps_nobody_from_asking_and_fills_no_mailbox() -> None:
    user = staff()
    for n in range(3):
        for _ in range(RESETS_OF_PAIR.most):
            ask(user.email, f"203.0.113.{n}")

    answer = ask(user.email, OWNER)

    assert (answer.status_code, answer["Location"]) == (302, "/account/password/reset/done/")
    assert len(mail.outbox) == RESET_MAILS.most


def open_link(browser: Browser) -> Any:
    (link,) = re.findall(r"https?://\S+", str(mail.outbox[0].body))
    return browser.get(link.removeprefix("https://buyer.example"), follow=True)


@pytest.mark.parametrize(("minutes", "works"), ((59, True), (61, False)))
def test_link_is_good_for_an_hour(
    minutes: int,
    works: bool,  # noqa: FBT001 -- the table's column
) -> None:
    ask(staff().email)

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=minutes)):
        page = open_link(Browser()).content.decode()

    assert ("This link does not work" not in page) is works


@conforms("ASVS 5 V6", "6.4.3", "A forgotten password is replaced without going round MFA.")
def test_link_does_not_go_round_the_second_factor() -> None:
    user, browser = staff(), Browser()
    app_of(user)
    ask(user.email)
    page = open_link(browser)
    new = {"password1": "a new battery", "password2": "a new battery"}
    browser.post(page.request["PATH_INFO"], new)

    answer = give_password(browser, user, "a new battery")

    assert answer["Location"] == "/account/2fa/authenticate/"


def test_one_place_that_names_ever_more_accounts_is_told_of_once() -> None:
    for number in range(PASSWORDS_OF_PLACE.most + 40):
        Browser(REMOTE_ADDR="198.51.100.7").post(
            "/account/login/", {"login": f"a{number}@x.example", "password": "x"}
        )

    assert Event.objects.filter(action="user.sign_in_limited").count() == 1
    assert Event.objects.count() == PASSWORDS_OF_PLACE.most + 1
