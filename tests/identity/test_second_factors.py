"""Authenticator apps and recovery codes: setting them up, and signing in by them."""

import json
import re

import pytest
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser

from apps.audit.models import Event
from apps.identity.models import User
from tests.conformance.compliance import conforms
from tests.factories.factors import (
    App,
    app_of,
    give_code,
    give_password,
    recovery_codes_of,
)
from tests.factories.identity import PASSWORD, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
ACTIVATE = "/account/2fa/totp/activate/"
# allauth tells of an app and of recovery codes once they are committed.
COMMITTED = pytest.mark.django_db(transaction=True)


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def actions() -> list[str]:
    return list(Event.objects.order_by("id").values_list("action", flat=True))


def signed_in() -> tuple[User, Browser]:
    user, browser = staff(), Browser()
    give_password(browser, user)
    return user, browser


def set_up_app(browser: Browser) -> tuple[App, str]:
    """An app, through the page; and the code that proved it."""
    app = App(browser.get(ACTIVATE).context["form"].secret)
    code = app.code()
    answer = browser.post(ACTIVATE, {"code": code})
    assert (answer.status_code, answer["Location"]) == (302, "/account/2fa/recovery-codes/")
    return app, code


# --- Authenticator apps ---------------------------------------------------------------------------
@COMMITTED
@conforms("ASVS 5 V6", "6.3.7", "People get a mail when a way to sign in is added or changed.")
def test_app_is_set_up_with_its_events_its_mail_and_recovery_codes_shown_once() -> None:
    user, browser = signed_in()

    set_up_app(browser)
    first = browser.get("/account/2fa/recovery-codes/").content.decode()
    again = browser.get("/account/2fa/recovery-codes/").content.decode()

    codes = recovery_codes_of(user)
    assert [code in first for code in codes] == [True] * 10
    assert [code in again for code in codes] == [False] * 10
    assert actions()[2:] == ["user.mfa_enabled", "user.recovery_codes_generated"]
    assert [message.subject for message in mail.outbox] == [
        "[Countersign] An authenticator app has been set up"
    ]


def test_picture_of_the_key_needs_nothing_that_the_policy_of_the_page_forbids() -> None:
    _user, browser = signed_in()

    page = browser.get(ACTIVATE)

    shown = page.content.decode()
    assert re.findall(r'src="(data:image/svg\+xml;base64),', shown) == ["data:image/svg+xml;base64"]
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    assert re.findall(r"<(?:script|style)(?![^>]*(?:src|application/json))|style=", shown) == []


@COMMITTED
def test_secrets_lie_encrypted_in_every_table() -> None:
    user, browser = signed_in()
    secret = browser.get(ACTIVATE).context["form"].secret
    kept = browser.session["mfa.totp.secret"]

    app, _code = set_up_app(browser)

    rows = Authenticator.objects.filter(user=user).order_by("type")
    seeds = [row.data.get("seed") or row.data.get("secret") for row in rows]
    assert [text.split(".")[0] for text in (kept, *seeds)] == ["v1"] * 3
    assert secret not in kept
    assert app.secret not in json.dumps([row.data for row in rows])


@conforms("ASVS 5 V6", "6.3.3", "Signing in takes the second factor after the password.")
def test_signing_in_takes_password_and_code() -> None:
    user, browser = staff(), Browser()
    app = app_of(user)

    half = give_password(browser, user)
    before = is_in(browser)
    whole = give_code(browser, app.code())

    assert (half["Location"], before) == ("/account/2fa/authenticate/", False)
    assert (whole["Location"], is_in(browser)) == ("/account/", True)
    event = Event.objects.get(action="user.signed_in")
    assert event.data == {"methods": ["password", "totp"]}


@pytest.mark.parametrize(
    "path",
    ("/admin/", "/account/", "/account/2fa/", "/account/sessions/", "/account/password/change/"),
)
def test_between_password_and_code_nothing_is_open(path: str) -> None:
    user, browser = staff(), Browser()
    app_of(user)
    give_password(browser, user)

    answer = browser.get(path, follow=True)

    assert answer.wsgi_request.user.is_authenticated is False
    assert answer.redirect_chain[-1][0].split("?")[0] in {
        "/account/login/",
        "/account/2fa/authenticate/",
    }


@conforms("ASVS 5 V6", "6.5.1", "A code of an authenticator app counts once.")
def test_code_of_an_app_counts_once() -> None:
    user, here, elsewhere = staff(), Browser(), Browser()
    app = app_of(user)
    code = app.code()
    give_password(here, user)
    give_code(here, code)

    give_password(elsewhere, user)
    refused = give_code(elsewhere, code)

    assert (is_in(here), refused.status_code, is_in(elsewhere)) == (True, 200, False)


@COMMITTED
def test_code_that_set_up_the_app_is_spent() -> None:
    user, here = signed_in()
    _app, code = set_up_app(here)
    elsewhere = Browser()

    give_password(elsewhere, user)
    give_code(elsewhere, code)

    assert is_in(elsewhere) is False


@conforms("ASVS 5 V6", "6.5.5", "A code of an authenticator app is good for 30 seconds.")
@pytest.mark.parametrize("steps", (-1, 1))
def test_code_of_another_time_is_refused(steps: int) -> None:
    user, browser = staff(), Browser()
    app = app_of(user)
    give_password(browser, user)

    give_code(browser, app.code(steps))

    assert is_in(browser) is False


@conforms("ASVS 5 V6", "6.5.1", "A recovery code counts once.")
def test_recovery_code_counts_once() -> None:
    user, here, elsewhere = staff(), Browser(), Browser()
    app_of(user)
    (code, *_others) = recovery_codes_of(user)
    for browser in (here, elsewhere):
        give_password(browser, user)
        give_code(browser, code)

    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert len(recovery_codes_of(user)) == 9


@pytest.mark.parametrize("code", ("", "\x00", "12345\uff16", "9" * 100_000, "ﷺ" * 6))
def test_code_that_is_none_is_refused(code: str) -> None:
    user, browser = staff(), Browser()
    app_of(user)
    give_password(browser, user)

    answer = give_code(browser, code)

    assert (answer.status_code, is_in(browser)) == (200, False)


@conforms("ASVS 5 V6", "6.5.6", "An authenticator app is taken away by its owner.")
@conforms("ASVS 5 V7", "7.5.1", "Taking a factor away asks for the factor first.")
def test_turning_the_app_off_needs_the_factor_again_and_is_recorded() -> None:
    user, browser = staff(), Browser()
    app = app_of(user)
    browser.force_login(user)

    asked = browser.post("/account/2fa/totp/deactivate/")
    browser.post(asked["Location"], {"code": app.code()})
    browser.post("/account/2fa/totp/deactivate/")

    assert asked["Location"].startswith("/account/2fa/reauthenticate/")
    assert Authenticator.objects.filter(user=user).exists() is False
    assert actions()[-1] == "user.mfa_disabled"


def test_password_alone_does_not_stand_in_for_a_factor_somebody_has() -> None:
    user, browser = staff(), Browser()
    app_of(user)
    browser.force_login(user)

    browser.post("/account/reauthenticate/", {"password": PASSWORD})

    assert get_authentication_records(browser.get("/account/").wsgi_request, user) == []


@COMMITTED
def test_new_recovery_codes_replace_the_old() -> None:
    user, browser = signed_in()
    set_up_app(browser)
    old = recovery_codes_of(user)

    browser.post("/account/2fa/recovery-codes/generate/")

    assert set(old) & set(recovery_codes_of(user)) == set()
    assert actions()[-1] == "user.recovery_codes_generated"
