"""Signing in and consenting, as people do it."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.factories.identity import staff
from tests.factories.oauth import REDIRECT_URI, NewClient, authorize_query, pkce, redeem, web_app
from tests.factories.portal import mailed_link
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
WITHOUT_JAVASCRIPT = pytest.mark.parametrize(
    "visitor", ({"java_script_enabled": False},), indirect=True
)
PUBLIC_PAGES = {
    "front": "/",
    "sign-in": "/account/login/",
    "forgotten": "/account/password/reset/",
    "mail-sent": "/account/password/reset/done/",
    "bad-link": "/account/password/reset/key/1-abc/",
    "no-sign-up": "/account/signup/",
    "access-ended": "/account/inactive/",
    "not-found": "/no/such/page",
}
ACCOUNT_PAGES = {
    "account": "/account/",
    "change-password": "/account/password/change/",
    "sign-out": "/account/logout/",
}


@pytest.mark.parametrize(("name", "path"), PUBLIC_PAGES.items())
def test_a_public_page_is_in_order(visitor: Visitor, name: str, path: str) -> None:
    visitor.go(path)

    visitor.look(name)


@pytest.mark.parametrize(("name", "path"), ACCOUNT_PAGES.items())
def test_a_page_of_ones_account_is_in_order(visitor: Visitor, name: str, path: str) -> None:
    visitor.go("/account/login/")
    visitor.sign_in(make_world().bo.email)
    visitor.go(path)

    visitor.look(name)


def test_a_wrong_password_is_said_and_the_right_one_leads_to_the_admin(visitor: Visitor) -> None:
    user, page = staff(), visitor.page
    visitor.go("/admin/")

    visitor.sign_in(user.email, "wrong wrong wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    visitor.look("sign-in-refused")
    visitor.sign_in(user.email)

    expect(page).to_have_url(re.compile("/admin/$"))
    expect(page.get_by_role("heading", name="Access and orders")).to_be_visible()


def test_everything_up_to_the_admin_works_by_keyboard_alone(visitor: Visitor) -> None:
    user, page = staff(), visitor.page
    visitor.go("/account/login/?next=/admin/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(user.email)
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/admin/$"))


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(visitor: Visitor) -> None:
    user, page = staff(), visitor.page
    visitor.go("/account/login/?next=/admin/")

    page.get_by_role("link", name="I have forgotten my password").click()
    page.get_by_label("Email").fill(user.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    visitor.go(mailed_link())
    visitor.look("new-password")
    page.get_by_label("New Password", exact=True).fill("another good battery")
    page.get_by_label("New Password (again)").fill("another good battery")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    visitor.look("password-changed")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    visitor.sign_in(user.email, "another good battery")

    expect(page.get_by_role("heading", name=user.email)).to_be_visible()


def test_partner_people_are_told_that_the_admin_is_not_theirs(visitor: Visitor) -> None:
    visitor.go("/admin/")
    visitor.sign_in(make_world().bo.email)

    expect(visitor.page.get_by_role("heading", name="This is not open to you")).to_be_visible()
    visitor.look("not-open")


def at_consent(visitor: Visitor) -> tuple[NewClient, dict[str, str], object]:
    """Bo of Acme, signed in, before the consent page of Acme's web app."""
    world, proof = make_world(), pkce()
    new = web_app(
        partner=world.acme,
        scopes=["purchase_orders:read", "vendors.contacts:read", "invoices:read"],
    )
    visitor.page.route(f"{REDIRECT_URI}*", lambda route: route.fulfill(body="Back at the app"))
    visitor.go(f"/oauth/authorize?{urlencode(authorize_query(new, proof))}")
    visitor.sign_in(world.bo.email)
    return new, authorize_query(new, proof), proof


def back_with(visitor: Visitor) -> dict[str, list[str]]:
    expect(visitor.page.get_by_text("Back at the app")).to_be_visible()
    return parse_qs(urlsplit(visitor.page.url).query)


def test_allowing_leads_back_to_the_app_with_a_code_that_works(visitor: Visitor) -> None:
    new, _query, proof = at_consent(visitor)
    expect(
        visitor.page.get_by_role("heading", name="Allow Web app to act for you?")
    ).to_be_visible()
    visitor.look("consent")

    visitor.page.get_by_role("button", name="Allow").click()

    given = back_with(visitor)
    answer = redeem(new, given["code"][0], proof)
    assert (given["state"], answer.status_code) == (["a-state"], 200)


@WITHOUT_JAVASCRIPT
def test_denying_leads_back_with_a_refusal_without_javascript(visitor: Visitor) -> None:
    at_consent(visitor)

    visitor.page.get_by_role("button", name="Deny").click()

    assert back_with(visitor)["error"] == ["access_denied"]


def test_a_request_that_cannot_be_trusted_stays_here(visitor: Visitor) -> None:
    new = web_app(partner=make_world().acme)
    query = authorize_query(new, pkce(), redirect_uri="https://evil.example/")

    visitor.go(f"/oauth/authorize?{urlencode(query)}")

    assert "evil.example" not in urlsplit(visitor.page.url).netloc
    visitor.look("not-authorised")
