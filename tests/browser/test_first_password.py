"""From a password that staff typed to a second factor, as the person does it."""

import re

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from tests.browser.visitor import Visitor
from tests.factories.factors import App
from tests.factories.identity import PASSWORD, added_by_staff
from tests.factories.portal import mailed_link

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
NEW, OWN, LAST = "dee@buyer.example", "a password of their own", "the one chosen by mail"


def change(visitor: Visitor, *passwords: str) -> None:
    """Fill in the password fields of the page, and send them."""
    page = visitor.page
    for field, password in zip(page.locator("input[type=password]").all(), passwords, strict=True):
        field.fill(password)
    page.get_by_role("button", name=re.compile("(Change|Set) password")).click()


@pytest.mark.parametrize("visitor", ({"java_script_enabled": False},), indirect=True)
def test_whom_staff_add_gets_to_the_admin(visitor: Visitor, settings: Settings) -> None:
    page = visitor.page
    added_by_staff(NEW)
    settings.MFA_REQUIRED = True

    visitor.go("/account/login/?next=/admin/")
    visitor.sign_in(NEW)
    change(visitor, PASSWORD, OWN, OWN)
    visitor.go("/account/login/?next=/admin/")
    visitor.sign_in(NEW, OWN)
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    visitor.go(mailed_link())
    change(visitor, LAST, LAST)
    visitor.go("/account/login/?next=/admin/")
    visitor.sign_in(NEW, LAST)
    page.get_by_role("link", name="Set up an app").click()
    app = App(page.locator("code").first.inner_text())
    page.get_by_label("Code your app shows").fill(app.code())
    page.get_by_role("button", name="Turn on").click()
    visitor.go("/admin/")

    expect(page).to_have_url(re.compile("/admin/$"))


def test_pages_that_offer_the_mail_are_in_order(visitor: Visitor) -> None:
    added_by_staff(NEW)
    visitor.go("/account/login/?next=/account/2fa/")
    visitor.sign_in(NEW)
    visitor.look("first-password")

    change(visitor, PASSWORD, OWN, OWN)
    visitor.go("/account/login/?next=/account/2fa/")
    visitor.sign_in(NEW, OWN)
    visitor.look("second-factors-unproven")
    visitor.page.get_by_role("button", name="Mail me the link").click()

    visitor.look("mail-sent-signed-in")
