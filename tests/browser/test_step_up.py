"""Proving anew who one is, where a sign-in is too old for what is about to happen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from playwright.sync_api import expect

from apps.oauth.policy.sign_in import ACR_MFA
from apps.partners.models import Partner
from tests.browser.visitor import Visitor
from tests.conformance.stage import claims_in, told
from tests.factories.factors import App, app_of
from tests.factories.identity import staff
from tests.factories.oauth import REDIRECT_URI, authorize_query, pkce, redeem, web_app
from tests.factories.scene import page_of
from tests.factories.world import World, make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
CODE = "Code from your app, or a recovery code"


def signed_in_with_app(visitor: Visitor) -> tuple[World, App]:
    """An administrator, by password and code."""
    world, user = make_world(), staff()
    app = app_of(user)
    visitor.go("/admin/")
    visitor.sign_in(user.email)
    visitor.page.get_by_label(CODE).fill(app.code())
    visitor.page.get_by_role("button", name="Sign in").click()
    expect(visitor.page.get_by_role("heading", name="Access and orders")).to_be_visible()
    return world, app


@contextmanager
def six_minutes_later() -> Iterator[None]:
    with time_machine.travel(datetime.now(tz=UTC) + timedelta(minutes=6)):
        yield


def confirm(visitor: Visitor, app: App) -> None:
    expect(visitor.page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    visitor.page.get_by_label(CODE).fill(app.code())
    visitor.page.get_by_role("button", name="Confirm").click()


def test_staff_show_their_code_again_before_what_cannot_be_undone(visitor: Visitor) -> None:
    world, app = signed_in_with_app(visitor)
    page = visitor.page

    with six_minutes_later():
        visitor.go(page_of(Partner, "change", world.acme.pk))
        page.get_by_role("link", name="Offboard", exact=True).click()
        visitor.look("step-up")
        confirm(visitor, app)

        expect(page.get_by_role("heading", name="Offboard: Acme")).to_be_visible()


def test_an_application_gets_the_recent_second_factor_it_asks_for(visitor: Visitor) -> None:
    _world, app = signed_in_with_app(visitor)
    page, new, proof = visitor.page, web_app(), pkce()
    page.route(f"{REDIRECT_URI}*", lambda route: route.fulfill(body="Back at the app"))
    asked = authorize_query(new, proof, acr_values=ACR_MFA, max_age="300")

    with six_minutes_later():
        began = datetime.now(tz=UTC)
        visitor.go(f"/oauth/authorize?{urlencode(asked)}")
        confirm(visitor, app)
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("Back at the app")).to_be_visible()
        (code,) = parse_qs(urlsplit(page.url).query)["code"]
        says = claims_in(told(redeem(new, code, proof))["access_token"])

    assert (says["acr"], says["auth_time"] >= int(began.timestamp())) == (ACR_MFA, True)
