"""Proving anew who one is: what asks for it, what counts, and where it leads."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client as Browser

from apps.identity.models import User
from apps.identity.policy.proof import has_proved
from apps.oauth.models import LogoutNotice, TokenSession
from tests.conformance.compliance import conforms
from tests.factories.factors import app_of, give_code, give_password
from tests.factories.identity import PASSWORD, staff
from tests.factories.oauth import authorize_query, pkce, redeem, redirect_parameters
from tests.factories.openid import openid_app
from tests.factories.portal import colleague
from tests.factories.world import World, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
AGAIN = "/account/reauthenticate/"
SENSITIVE = "/admin/identity/federation/add/"


def later(minutes: int = 6) -> time_machine.travel:
    return time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=minutes))


def signed_in(user: User) -> Browser:
    browser = Browser()
    give_password(browser, user)
    return browser


def key_of(browser: Browser) -> str:
    return browser.cookies["sessionid"].value


def test_a_form_that_has_to_wait_is_not_sent_behind_the_persons_back() -> None:
    browser, gone = signed_in(staff()), person("gone@x.example")
    address = f"/admin/identity/user/{gone.pk}/offboard/"
    once = browser.get(address).context["form"].fields["once"].initial
    with later():
        led = browser.post(address, {"reason": "left", "once": once}, follow=True)
        back = browser.post(led.request["PATH_INFO"], {"password": PASSWORD, "next": address})
        gone.refresh_from_db()
        page = browser.get(back["Location"])

    assert led.redirect_chain[-1][0].startswith(AGAIN)
    assert "Then send the form again" in led.content.decode()
    assert (back["Location"], page.status_code, gone.is_active) == (address, 200, True)


def test_the_form_works_once_it_is_sent_again() -> None:
    browser, gone = signed_in(staff()), person("gone@x.example")
    address = f"/admin/identity/user/{gone.pk}/offboard/"
    once = browser.get(address).context["form"].fields["once"].initial
    with later():
        browser.post(address, {"reason": "left", "once": once})
        browser.post(AGAIN, {"password": PASSWORD, "next": address})
        browser.post(address, {"reason": "left", "once": once})
    gone.refresh_from_db()

    assert gone.is_active is False


@conforms("ASVS 5 V7", "7.5.1", "A password does not stand in for a second factor somebody has.")
def test_a_password_again_is_not_enough_for_somebody_with_a_factor() -> None:
    """They signed in by the password before they had the factor."""
    user = staff()
    browser = signed_in(user)
    app = app_of(user)

    opened = browser.get(SENSITIVE)
    by_password = browser.post(AGAIN, {"password": PASSWORD})
    browser.post("/account/2fa/reauthenticate/", {"code": app.code()})

    assert opened["Location"].startswith("/account/2fa/reauthenticate/")
    assert by_password["Location"].startswith("/account/2fa/reauthenticate/")
    assert browser.get(SENSITIVE).status_code == 200


def test_allauths_own_pages_hold_to_the_same_rule() -> None:
    user = staff()
    browser = signed_in(user)
    session = browser.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**records[0], "reauthenticated": True}]
    session.save()
    app_of(user)

    answer = browser.get("/account/2fa/webauthn/add/")

    assert answer["Location"].startswith("/account/2fa/reauthenticate/")


@conforms("ASVS 5 V7", "7.2.4", "Proving anew makes a new session id; the one before is dead.")
def test_proving_anew_renews_the_session_id() -> None:
    browser, old = signed_in(staff()), Browser()
    browser.get("/admin/")
    old.cookies["sessionid"] = key_of(browser)

    browser.post(AGAIN, {"password": PASSWORD})

    assert key_of(browser) != key_of(old)
    assert (browser.get("/admin/").status_code, old.get("/account/").status_code) == (200, 302)
    assert [one.session_key for one in UserSession.objects.all()] == [key_of(browser)]


def test_a_code_given_anew_renews_the_session_id_too() -> None:
    user, browser = staff(), Browser()
    app = app_of(user)
    give_password(browser, user)
    give_code(browser, app.code())
    before = key_of(browser)
    with later(1):
        browser.post("/account/2fa/reauthenticate/", {"code": app.code()})

    assert key_of(browser) != before


def test_applications_of_a_renewed_sign_in_still_end_with_it(world: World) -> None:
    user = colleague(world.acme, "ada@acme.example").user
    browser, proof = signed_in(user), pkce()
    app = openid_app(
        partner=world.acme,
        scopes=("openid",),
        backchannel_logout_uri="https://app.example/logout",
    )
    page = browser.get("/oauth/authorize", authorize_query(app, proof, scope="openid"))
    form = {"request_handle": page.context["request_handle"], "decision": "allow"}
    said = browser.post("/oauth/authorize", form)
    redeem(app, redirect_parameters(said)["code"], proof)

    browser.post(AGAIN, {"password": PASSWORD})
    during = TokenSession.objects.get(kind="user").ended_at
    browser.post("/account/logout/")

    assert during is None
    assert TokenSession.objects.get(kind="user").ended_at is not None
    assert LogoutNotice.objects.count() == 1


def test_a_sign_in_begun_before_a_new_password_is_over() -> None:
    """Whoever knew the old one has shown it, and holds the second step open."""
    user, browser = staff(), Browser()
    app = app_of(user)
    give_password(browser, user)
    user.set_password("another long password 1")
    user.save()

    answer = give_code(browser, app.code())

    assert answer["Location"] == "/account/login/"
    assert browser.get("/account/").status_code == 302


def test_a_sign_in_begun_before_access_was_taken_and_given_back_is_over() -> None:
    user, browser = staff(), Browser()
    app = app_of(user)
    give_password(browser, user)
    User.objects.filter(pk=user.pk).update(not_before=datetime.now(tz=UTC))

    give_code(browser, app.code())

    assert browser.get("/account/").status_code == 302


def test_setting_a_first_password_asks_who_it_is() -> None:
    user = staff()
    browser = signed_in(user)
    User.objects.filter(pk=user.pk).update(password="!")
    browser.force_login(User.objects.get(pk=user.pk))

    answer = browser.get("/account/password/set/")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "who", "counts"),
    (
        ("password", {}, True),
        ("password", {"made_by_provider": True}, False),
        ("socialaccount", {"made_by_provider": True}, True),
        ("mfa", {"made_by_provider": True}, True),
        ("password", {"has_factor": True}, False),
        ("socialaccount", {"has_factor": True, "made_by_provider": True}, False),
        ("mfa", {"has_factor": True}, True),
    ),
)
def test_the_strongest_somebody_has_is_what_counts(
    method: str,
    who: dict[str, bool],
    counts: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    given = {"has_factor": False, "made_by_provider": False, **who}

    found = [has_proved([{"method": method, "at": at}], since=100.0, **given) for at in (101, 99)]

    assert found == [counts, False]
