"""What of chapter V7 is seen over HTTP and has no other test."""

from importlib import import_module

import pytest
from django.conf import settings
from django.test import Client as Browser

from tests.conformance.compliance import conforms
from tests.factories.factors import give_password
from tests.factories.identity import staff

pytestmark = pytest.mark.django_db
SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def signed_in() -> Browser:
    browser = Browser()
    give_password(browser, staff())
    return browser


def with_cookie(value: str) -> Browser:
    browser = Browser()
    browser.cookies["sessionid"] = value
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def key_of(browser: Browser) -> str:
    return browser.cookies["sessionid"].value


@conforms("ASVS 5 V7", "7.2.1", "The server alone knows whether a session is one.")
def test_session_the_server_has_forgotten_is_over() -> None:
    browser = signed_in()
    before = is_in(browser)

    SessionStore(key_of(browser)).delete()

    assert (before, is_in(browser)) == (True, False)


@conforms("ASVS 5 V7", "7.2.2", "Every sign-in has a session of its own.")
@conforms("ASVS 5 V7", "7.2.3", "The id of a session is random, of 128 bits or more.")
def test_ids_of_sessions_are_long_and_never_the_same() -> None:
    user, browsers = staff(), [Browser() for _ in range(3)]
    for browser in browsers:
        give_password(browser, user)

    ids = [key_of(browser) for browser in browsers]

    # 32 characters of 36: 165 bits.
    assert [len(one) for one in ids] == [32] * 3
    assert len(set(ids)) == 3


@conforms("ASVS 5 V7", "7.1.2", "However many sign-ins one has, all are listed, and none is ended.")
def test_sign_ins_at_many_browsers_live_side_by_side() -> None:
    user, browsers = staff(), [Browser() for _ in range(6)]
    for browser in browsers:
        give_password(browser, user)

    assert [is_in(browser) for browser in browsers] == [True] * 6
    assert browsers[0].get("/account/sessions/").context["session_count"] == 6


@conforms("ASVS 5 V7", "7.2.3", "An id that somebody made up is not taken over.")
def test_made_up_id_does_not_become_a_session() -> None:
    made_up = "a" * 32
    browser, user = with_cookie(made_up), staff()

    give_password(browser, user)

    assert key_of(browser) != made_up
    assert is_in(with_cookie(made_up)) is False


@conforms("ASVS 5 V7", "7.4.1", "A cookie kept from before the sign-out opens nothing.")
def test_cookie_kept_from_before_the_sign_out_is_dead() -> None:
    browser = signed_in()
    kept = key_of(browser)
    before = is_in(with_cookie(kept))

    browser.post("/account/logout/")

    assert (before, is_in(with_cookie(kept))) == (True, False)
    assert SessionStore().exists(kept) is False


@conforms("ASVS 5 V7", "7.4.1", "Going back after the sign-out shows nothing: no page is kept.")
@pytest.mark.parametrize("path", ("/account/", "/account/2fa/", "/admin/", "/account/activity/"))
def test_page_of_somebody_signed_in_is_kept_nowhere(path: str) -> None:
    answer = signed_in().get(path)

    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)


@conforms("ASVS 5 V7", "7.4.4", "Every page of somebody signed in leads to the sign-out.")
@pytest.mark.parametrize(
    "path",
    ("/account/", "/account/2fa/", "/account/access/", "/account/sessions/", "/account/links/",
     "/account/password/change/", "/admin/", "/admin/partners/partner/"),
)  # fmt: skip
def test_every_page_leads_to_the_sign_out(path: str) -> None:
    page = signed_in().get(path)

    assert page.status_code == 200
    assert "/account/logout/" in page.content.decode()


@conforms("ASVS 5 V7", "7.5.1", "What changes how somebody signs in asks first who it is.")
@pytest.mark.parametrize(
    "path",
    (
        "/account/2fa/totp/activate/",
        "/account/2fa/webauthn/add/",
        "/account/2fa/recovery-codes/generate/",
    ),
)
def test_changing_how_one_signs_in_long_after_the_sign_in_asks_who_it_is(path: str) -> None:
    browser = Browser()
    browser.force_login(staff())  # Without a word of when and how.

    answer = browser.post(path)

    assert answer["Location"].startswith("/account/reauthenticate/")
