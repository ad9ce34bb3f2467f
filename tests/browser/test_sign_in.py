"""Second factors and sign-ins, as people set them up and use them in a browser."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect
from pytest_django import Settings

from tests.browser.visitor import Visitor
from tests.factories.factors import App, app_of
from tests.factories.identity import PASSWORD, staff

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
WITHOUT_JAVASCRIPT = pytest.mark.parametrize(
    "visitor", ({"java_script_enabled": False},), indirect=True
)


@pytest.fixture
def device(visitor: Visitor, settings: Settings, live_server: Any) -> Iterator[dict[str, Any]]:
    """A device with a passkey of its own, behind a fingerprint that is always right."""
    settings.PUBLIC_URL = live_server.url
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    name = {"authenticatorId": made["authenticatorId"]}

    def trust(*, verified: bool) -> None:
        session.send("WebAuthn.setUserVerified", {**name, "isUserVerified": verified})

    yield {"trust": trust}
    session.detach()


def at_second_factors(visitor: Visitor) -> str:
    user = staff()
    visitor.go("/account/login/?next=/account/2fa/")
    visitor.sign_in(user.email)
    return user.email


def add_passkey(visitor: Visitor, *, alone: bool = True) -> None:
    page = visitor.page
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Sign in with this passkey alone").set_checked(alone)
    visitor.look("passkey-add")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def leave(visitor: Visitor) -> None:
    visitor.go("/account/")
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.go("/account/login/?next=/admin/")


@pytest.mark.usefixtures("device")
def test_passkey_is_added_and_signs_in_alone(visitor: Visitor) -> None:
    page = visitor.page
    at_second_factors(visitor)
    visitor.look("second-factors-none")

    add_passkey(visitor)
    visitor.look("recovery-codes")
    visitor.go("/account/2fa/")
    visitor.look("second-factors")
    leave(visitor)
    visitor.look("sign-in-with-passkey")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(re.compile("/admin/$"))


@pytest.mark.usefixtures("device")
def test_passkey_comes_after_the_password(visitor: Visitor) -> None:
    page, email = visitor.page, at_second_factors(visitor)
    add_passkey(visitor, alone=False)

    leave(visitor)
    visitor.sign_in(email)
    visitor.look("second-step")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(re.compile("/admin/$"))


def test_passkey_that_fails_is_said_and_leaves_the_way_open(
    visitor: Visitor, device: dict[str, Any]
) -> None:
    page = visitor.page
    at_second_factors(visitor)
    add_passkey(visitor)
    leave(visitor)

    device["trust"](verified=False)
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_be_visible()
    visitor.look("passkey-failed")


@pytest.mark.usefixtures("device")
def test_passkey_is_asked_for_again_renamed_and_removed(visitor: Visitor) -> None:
    page = visitor.page
    at_second_factors(visitor)
    add_passkey(visitor)

    visitor.go("/account/2fa/")
    page.get_by_role("link", name="Rename My laptop").click()
    visitor.look("passkey-rename")
    page.get_by_label("Name").fill("Desk")
    page.get_by_role("button", name="Save").click()
    visitor.look("passkeys")
    visitor.go("/account/2fa/webauthn/reauthenticate/?next=/account/2fa/")
    visitor.look("passkey-again")
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("link", name="Remove Desk").click()
    visitor.look("passkey-remove")
    page.get_by_role("button", name="Remove").click()

    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert Authenticator.objects.exists() is False


@WITHOUT_JAVASCRIPT
def test_app_is_set_up_and_signs_in_without_javascript(visitor: Visitor) -> None:
    page, email = visitor.page, at_second_factors(visitor)

    page.get_by_role("link", name="Set up an app").click()
    picture = page.get_by_role("img", name="The picture an authenticator app reads")
    drawn = picture.bounding_box()
    app = App(page.locator("code").first.inner_text())
    page.get_by_label("Code your app shows").fill(app.code())
    page.get_by_role("button", name="Turn on").click()
    (recovery, *_more) = page.locator("pre").inner_text().split()
    leave(visitor)
    visitor.sign_in(email)
    page.get_by_label("Code from your app, or a recovery code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()

    assert drawn is not None
    assert drawn["width"] > 150
    expect(page).to_have_url(re.compile("/admin/$"))


@WITHOUT_JAVASCRIPT
def test_code_of_the_app_comes_after_the_password(visitor: Visitor) -> None:
    user, page = staff(), visitor.page
    app = app_of(user)
    visitor.go("/account/login/?next=/admin/")

    visitor.sign_in(user.email)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_label("Code from your app, or a recovery code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is wrong, too old, or has been used.")).to_be_visible()
    page.get_by_label("Code from your app, or a recovery code").fill(app.code())
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(re.compile("/admin/$"))


def test_pages_of_an_app_are_in_order(visitor: Visitor) -> None:
    page, email = visitor.page, at_second_factors(visitor)

    page.get_by_role("link", name="Set up an app").click()
    picture = page.locator("img.qr")
    visitor.look("app-set-up")
    shown = picture.evaluate("image => image.complete && image.naturalWidth > 0")
    app = App(page.locator("code").first.inner_text())
    page.get_by_label("Code your app shows").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    visitor.look("app-code-wrong")
    page.get_by_label("Code your app shows").fill(app.code())
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("link", name="I have them, go on").click()
    visitor.go("/account/2fa/")
    page.get_by_role("link", name="Make new recovery codes").click()
    visitor.look("recovery-codes-new")
    visitor.go("/account/2fa/reauthenticate/")
    visitor.look("code-again")
    visitor.go("/account/2fa/totp/deactivate/")
    visitor.look("app-turn-off")

    assert shown is True
    assert email == "administrator@buyer.example"


@WITHOUT_JAVASCRIPT
def test_sign_ins_elsewhere_are_ended_without_javascript(visitor: Visitor) -> None:
    page, email = visitor.page, at_second_factors(visitor)
    browser = page.context.browser
    assert browser is not None
    elsewhere = browser.new_context(base_url=page.url.partition("/account")[0]).new_page()
    elsewhere.goto("/account/login/")
    elsewhere.get_by_label("Email").fill(email)
    elsewhere.get_by_label("Password").fill(PASSWORD)
    elsewhere.get_by_role("button", name="Sign in").click()

    visitor.go("/account/")
    page.get_by_role("link", name="Where you are signed in").click()
    page.get_by_role("button", name="Sign out everywhere else").click()
    elsewhere.goto("/account/")

    expect(page.get_by_text("You are signed out everywhere but here.")).to_be_visible()
    expect(elsewhere).to_have_url(re.compile("/account/login/"))
    elsewhere.context.close()


def test_list_of_sign_ins_is_in_order(visitor: Visitor) -> None:
    at_second_factors(visitor)

    visitor.go("/account/sessions/")

    visitor.look("sign-ins")


def test_staff_are_led_to_their_second_factor(visitor: Visitor, settings: Settings) -> None:
    settings.MFA_REQUIRED = True
    page, user = visitor.page, staff()
    visitor.go("/admin/")
    visitor.sign_in(user.email)
    visitor.look("second-factor-needed")

    app = app_of(user)
    visitor.go("/admin/")
    page.get_by_label("Code from your app, or a recovery code").fill(app.code())
    page.get_by_role("button", name="Confirm").click()

    expect(page).to_have_url(re.compile("/admin/$"))
