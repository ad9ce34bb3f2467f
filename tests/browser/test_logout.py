"""Signing out at an application's wish, as a browser does it."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from apps.oauth.models import TokenSession
from apps.oauth.services import NewClient
from tests.browser.visitor import Visitor
from tests.factories.openid import SIGNED_OUT, openid_app, tokens_for
from tests.factories.world import World, make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
APPLICATION = "http://portal.test/"


@pytest.fixture
def cast() -> tuple[World, NewClient]:
    world = make_world()
    return world, openid_app(partner=world.acme)


def stand_in_for(page: Page, address: str, body: str) -> None:
    """What the application, which is not there, would answer."""
    page.route(address, lambda route: route.fulfill(content_type="text/html", body=body))


@pytest.mark.parametrize("visitor", ({"java_script_enabled": False}, {}), indirect=True)
def test_a_person_is_asked_and_sent_back(visitor: Visitor, cast: tuple[World, NewClient]) -> None:
    world, new = cast
    page = visitor.page
    stand_in_for(page, f"{SIGNED_OUT}*", "Welcome back")
    asked = {
        "client_id": new.client.client_id,
        "post_logout_redirect_uri": SIGNED_OUT,
        "state": "s",
    }
    visitor.go("/account/login/")
    visitor.sign_in(world.bo.email)
    visitor.go(f"/oauth/logout?{urlencode(asked)}")
    expect(page.get_by_role("heading", name="Sign out of Countersign?")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()

    expect(page).to_have_url(f"{SIGNED_OUT}?state=s")
    visitor.go("/account/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_pages_of_signing_out_are_in_order(
    visitor: Visitor, cast: tuple[World, NewClient]
) -> None:
    world, new = cast
    visitor.go("/account/login/")
    visitor.sign_in(world.bo.email)

    visitor.go(f"/oauth/logout?{urlencode({'client_id': new.client.client_id})}")
    visitor.look("logout-asks")
    visitor.go(f"/oauth/logout?{urlencode({'post_logout_redirect_uri': SIGNED_OUT})}")
    visitor.look("logout-refused")
    visitor.page.get_by_role("main").get_by_role("link", name="Sign out").click()
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.look("logged-out")


def test_a_form_of_the_application_signs_out_at_once(
    visitor: Visitor, cast: tuple[World, NewClient]
) -> None:
    """Such a form comes from another site, without our cookie."""
    world, new = cast
    page = visitor.page
    id_token = tokens_for(world.bo, new)["id_token"]
    visitor.go("/account/login/")
    visitor.sign_in(world.bo.email)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    target = page.url.partition("/account/")[0]
    stand_in_for(page, f"{SIGNED_OUT}*", "Welcome back")
    stand_in_for(
        page,
        APPLICATION,
        f'<form method="post" action="{target}/oauth/logout">'
        f'<input name="id_token_hint" value="{id_token}">'
        f'<input name="post_logout_redirect_uri" value="{SIGNED_OUT}">'
        "<button>Leave</button></form>",
    )
    page.goto(APPLICATION)

    page.get_by_role("button", name="Leave").click()

    expect(page).to_have_url(SIGNED_OUT)
    visitor.go("/account/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert TokenSession.objects.get(client=new.client).ended_at is not None
