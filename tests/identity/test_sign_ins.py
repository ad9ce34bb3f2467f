"""A browser's sign-in: how it begins, how long it lasts, and how its owner ends it elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client as Browser

from apps.audit.models import Event
from apps.identity.policy.lifetimes import IDLE, LONGEST
from apps.oauth.models import SessionKind
from apps.oauth.selectors import live_sessions
from tests.conformance.compliance import conforms
from tests.factories.factors import app_of, give_code, give_password
from tests.factories.governance import sessions
from tests.factories.identity import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
LIST = "/account/sessions/"


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def live(**which: Any) -> int:
    return live_sessions(at=datetime.now(tz=UTC)).filter(**which).count()


def key_of(browser: Browser) -> str:
    return browser.cookies["sessionid"].value


# --- How it begins --------------------------------------------------------------------------------
@conforms("ASVS 5 V7", "7.2.4", "Signing in makes a new session id; the one before is dead.")
def test_session_id_somebody_else_knows_is_worth_nothing_after_the_sign_in() -> None:
    user, browser, thief = staff(), Browser(), Browser()
    app = app_of(user)
    give_password(browser, user)
    known = key_of(browser)

    give_code(browser, app.code())
    thief.cookies["sessionid"] = known

    assert key_of(browser) != known
    assert (is_in(browser), is_in(thief)) == (True, False)


def test_session_id_planted_in_somebodys_browser_does_not_become_their_sign_in() -> None:
    user, planted, browser = staff(), Browser(), Browser()
    planted.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    browser.cookies["sessionid"] = key_of(planted)

    give_password(browser, user)

    assert (is_in(browser), is_in(planted)) == (True, False)


@pytest.mark.parametrize(
    "path",
    ("/account/login/", "/account/logout/", LIST, "/account/2fa/webauthn/login/",
     "/account/2fa/totp/activate/", "/account/2fa/totp/deactivate/", "/account/password/change/",
     "/account/2fa/recovery-codes/generate/", "/account/reauthenticate/"),
)  # fmt: skip
def test_form_of_another_site_is_refused(path: str) -> None:
    user, browser = staff(), Browser(enforce_csrf_checks=True)
    browser.force_login(user)

    answer = browser.post(path, {"login": user.email})

    assert answer.status_code == 403


def test_second_step_from_another_site_is_refused() -> None:
    user, browser = staff(), Browser(enforce_csrf_checks=True)
    app = app_of(user)
    page = browser.get("/account/login/")
    token = {"csrfmiddlewaretoken": page.context["csrf_token"]}
    form = {"login": user.email, "password": "correct horse battery", **token}
    browser.post("/account/login/", form)

    answer = give_code(browser, app.code())

    assert (answer.status_code, is_in(browser)) == (403, False)


@pytest.mark.parametrize(
    "target",
    ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
     "https:evil.example", "\thttps://evil.example", "https://buyer.example@evil.example/"),
)  # fmt: skip
def test_next_leads_nowhere_else_after_both_steps(target: str) -> None:
    user, browser = staff(), Browser()
    app = app_of(user)
    form = {"login": user.email, "password": "correct horse battery", "next": target}

    browser.post("/account/login/", form)
    answer = give_code(browser, app.code())

    assert answer["Location"] == "/account/"


def test_cookie_is_kept_from_scripts_and_from_other_sites() -> None:
    browser = Browser()
    give_password(browser, staff())

    cookie = browser.cookies["sessionid"]

    assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", "")


# --- How long it lasts ----------------------------------------------------------------------------
@conforms("ASVS 5 V7", "7.3.1", "A sign-in nobody uses for half an hour ends.")
@pytest.mark.parametrize(
    ("left_alone", "expected"), ((IDLE - timedelta(minutes=1), True), (IDLE, False))
)
def test_sign_in_left_alone_ends(
    left_alone: timedelta,
    expected: bool,  # noqa: FBT001 -- the table's column
) -> None:
    user, browser = staff(), Browser()
    give_password(browser, user)

    with time_machine.travel(datetime.now(tz=UTC) + left_alone):
        assert is_in(browser) is expected

    reasons = [event.data for event in Event.objects.filter(action="user.signed_out")]
    assert reasons == ([] if expected else [{"reason": "half an hour without a visit"}])


@conforms("ASVS 5 V7", "7.3.2", "A sign-in ends after twelve hours, however busy.")
def test_sign_in_in_use_ends_after_twelve_hours() -> None:
    user, browser = staff(), Browser()
    give_password(browser, user)
    began, found = datetime.now(tz=UTC), {}

    for minutes in range(20, 12 * 60 + 1, 20):
        with time_machine.travel(began + timedelta(minutes=minutes, seconds=2)):
            found[minutes] = is_in(browser)

    assert {minutes for minutes, was_in in found.items() if not was_in} == {12 * 60}
    assert timedelta(hours=12) == LONGEST


def test_staff_session_ends_with_the_sign_in_that_was_left_alone() -> None:
    user, browser = staff(), Browser()
    give_password(browser, user)
    browser.get("/admin/")
    before = live(user=user, kind=SessionKind.STAFF)

    with time_machine.travel(datetime.now(tz=UTC) + IDLE):
        browser.get("/admin/")

    assert (before, live(user=user, kind=SessionKind.STAFF)) == (1, 0)


def test_a_visit_is_written_down_once_a_minute() -> None:
    user, browser = staff(), Browser()
    give_password(browser, user)
    began = browser.session["countersign.sign_in"]

    browser.get("/account/")
    soon = browser.session["countersign.sign_in"]
    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=2)):
        browser.get("/account/")
        later = browser.session["countersign.sign_in"]

    assert soon == began
    assert (later[0], later[1] > began[1] + 100) == (began[0], True)


# --- How its owner ends it ------------------------------------------------------------------------
def in_two_browsers() -> tuple[Any, Browser, Browser]:
    user, here, elsewhere = staff(), Browser(), Browser(headers={"User-Agent": "Elsewhere/1.0"})
    for browser in (here, elsewhere):
        give_password(browser, user)
        browser.get("/admin/")
    return user, here, elsewhere


@conforms("ASVS 5 V7", "7.5.2", "People see where they are signed in, and end any of it.")
def test_sign_ins_are_listed_and_one_is_ended() -> None:
    user, here, elsewhere = in_two_browsers()
    shown = here.get(LIST).content.decode()
    other = UserSession.objects.get(session_key=key_of(elsewhere))

    here.post(LIST, {"session": other.pk})

    assert ("Elsewhere/1.0" in shown, "This browser" in shown) == (True, True)
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert live(user=user, kind=SessionKind.STAFF) == 1
    event = Event.objects.get(action="user.sessions_ended")
    assert event.data == {"sign_ins": 1, "applications": False}


@conforms("ASVS 5 V7", "7.4.3", "Whoever changes a factor may end all their other sessions.")
@pytest.mark.parametrize(("applications", "left"), ((False, 2), (True, 0)))
def test_signing_out_everywhere_else(
    applications: bool,  # noqa: FBT001 -- the table's column
    left: int,
) -> None:
    user, here, elsewhere = in_two_browsers()
    sessions(2, user=user)

    here.post(LIST, {"applications": "on"} if applications else {})

    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert live(user=user, kind=SessionKind.USER) == left
    assert (here.get("/admin/").status_code, elsewhere.get("/admin/").status_code) == (200, 302)
    assert live(user=user, kind=SessionKind.STAFF) == 1
    event = Event.objects.get(action="user.sessions_ended")
    assert event.data == {"sign_ins": 1, "applications": applications}
    assert here.get(LIST).context["session_count"] == 1


@conforms("ASVS 5 V7", "7.5.2", "Ending sign-ins asks first who it is.")
def test_ending_sign_ins_long_after_the_sign_in_asks_who_it_is() -> None:
    _user, here, elsewhere = in_two_browsers()

    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=6)):
        asked = here.post(LIST)
        still_in = is_in(elsewhere)
        here.post(asked["Location"], {"password": "correct horse battery"})
        here.post(LIST)
        after = is_in(elsewhere)

    assert asked["Location"].startswith("/account/reauthenticate/")
    assert (still_in, after) == (True, False)


@pytest.mark.parametrize("session", ("0", "-1", "x", "9" * 30, "\x00"))
def test_sign_in_that_does_not_exist_is_not_ended(session: str) -> None:
    _user, here, elsewhere = in_two_browsers()

    answer = here.post(LIST, {"session": session})

    assert (answer.status_code, is_in(elsewhere)) == (200, True)


def test_sign_ins_of_others_are_neither_shown_nor_ended() -> None:
    _user, here, _elsewhere = in_two_browsers()
    stranger, browser = staff(email="bo@buyer.example"), Browser(headers={"User-Agent": "Bo/2"})
    give_password(browser, stranger)
    other = UserSession.objects.get(session_key=key_of(browser))

    here.post(LIST, {"session": other.pk})

    assert is_in(browser) is True
    assert "Bo/2" not in here.get(LIST).content.decode()
    assert not Event.objects.filter(action="user.sessions_ended").exists()
