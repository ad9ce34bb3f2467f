"""Whose address staff have typed proves it by a mail, and can then set up a second factor."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser
from pytest_django import Settings

from apps.identity.models import StaffRole, User
from apps.identity.services.attempts import RESETS_OF_PAIR
from tests.factories.factors import App, give_password
from tests.factories.identity import PASSWORD, added_by_staff, staff
from tests.factories.portal import mailed_link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("fresh_cache")]
CHANGE, FACTORS = "/account/password/change/", "/account/2fa/"
TOTP, PASSKEY = "/account/2fa/totp/activate/", "/account/2fa/webauthn/add/"
RESET, SENT = "/account/password/reset/", "/account/password/reset/done/"
NEW = "dee@buyer.example"
OWN, LAST = "a password of their own", "the one chosen by mail"


@pytest.fixture
def dee(settings: Settings) -> User:
    """Staff whom an administrator has added, and who need a second factor."""
    user = added_by_staff(NEW)
    settings.MFA_REQUIRED = True
    return user


def entered(user: User, password: str = PASSWORD) -> Browser:
    browser = Browser()
    give_password(browser, user, password)
    return browser


def on_their_own_password(user: User) -> Browser:
    """They have changed the first one, and signed in by the next."""
    form = {"oldpassword": PASSWORD, "password1": OWN, "password2": OWN}
    entered(user).post(CHANGE, form)
    return entered(user, OWN)


def form_on(page: str) -> dict[str, str]:
    """What the form that asks for the mail sends, but for its button."""
    (form,) = re.findall(rf'<form method="post" action="{RESET}">(.*?)</form>', page, re.DOTALL)
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def ask(browser: Browser, path: str) -> Any:
    """Press the button on a page; what is hidden in its form is sent with it."""
    return send(browser, form_on(browser.get(path).content.decode()))


def send(browser: Browser, form: dict[str, str]) -> Any:
    """As a browser does: only with a token that a page has given it."""
    browser.handler.enforce_csrf_checks = True
    answer = browser.post(RESET, form)
    browser.handler.enforce_csrf_checks = False
    return answer


def choose_by_mail(browser: Browser) -> None:
    address = browser.get(mailed_link()).headers["Location"]
    browser.post(address, {"password1": LAST, "password2": LAST})


def ends_at(answer: Any) -> str:
    return str(answer.redirect_chain[-1][0])


def is_proven(user: User) -> bool:
    return EmailAddress.objects.get(user=user).verified


def set_up_app(browser: Browser) -> Any:
    app = App(browser.get(TOTP).context["form"].secret)
    return browser.post(TOTP, {"code": app.code()}, follow=True)


def test_whom_staff_add_gets_from_the_first_password_to_the_admin(dee: User) -> None:
    browser = on_their_own_password(dee)
    stuck = browser.get("/admin/", follow=True)
    before = is_proven(dee)

    asked = ask(browser, FACTORS)
    choose_by_mail(Browser())
    again = entered(dee, LAST)
    factors = again.get("/admin/", follow=True).content.decode()
    set_up_app(again)

    assert (ends_at(stuck), before) == (FACTORS, False)
    assert (asked.status_code, asked.headers["Location"]) == (302, SENT)
    assert (mail.outbox[0].to, is_proven(dee)) == ([NEW], True)
    assert ("Mail me the link" in factors, TOTP in factors) == (False, True)
    assert again.get("/admin/").status_code == 200


def test_link_asked_for_on_the_first_password_page_does_both_at_once(dee: User) -> None:
    browser = entered(dee)
    ask(browser, CHANGE)
    choose_by_mail(browser)
    again = entered(dee, LAST)
    set_up_app(again)

    dee.refresh_from_db()
    assert (is_proven(dee), dee.must_change_password) == (True, False)
    assert again.get("/admin/").status_code == 200


def test_whoever_knew_the_first_password_is_out_once_the_owner_follows_the_link(dee: User) -> None:
    """The one who typed it signs in, takes the account over and asks the owner to prove it."""
    thief = on_their_own_password(dee)
    ask(thief, FACTORS)

    choose_by_mail(Browser())

    assert ends_at(thief.get(TOTP, follow=True)).startswith("/account/login/")
    assert give_password(Browser(), dee, OWN).status_code == 200
    assert Authenticator.objects.filter(user=dee).exists() is False


@pytest.mark.parametrize("path", (TOTP, PASSKEY))
def test_no_factor_is_set_up_before_and_the_page_says_how_to_prove_it(dee: User, path: str) -> None:
    browser = on_their_own_password(dee)

    answer = browser.get(path, follow=True)

    page = answer.content.decode()
    assert ends_at(answer) == FACTORS
    assert "Prove first that your address is yours; the button below mails you the link." in page
    assert ("Mail me the link" in page, PASSKEY in page, TOTP in page) == (True, False, False)


@pytest.mark.parametrize("path", (CHANGE, FACTORS))
def test_nobody_with_a_proven_address_is_asked_to_prove_it(path: str) -> None:
    page = entered(staff(StaffRole.VIEWER)).get(path).content.decode()

    assert "Mail me the link" not in page


def test_asking_for_the_link_is_limited_and_takes_a_token_of_the_page(dee: User) -> None:
    browser = on_their_own_password(dee)
    allowed = [ask(browser, FACTORS).status_code for _ in range(RESETS_OF_PAIR.most)]

    refused = ask(browser, FACTORS)
    forged = send(browser, {"email": NEW})

    assert allowed == [302] * RESETS_OF_PAIR.most
    assert (refused.status_code, forged.status_code) == (429, 403)
