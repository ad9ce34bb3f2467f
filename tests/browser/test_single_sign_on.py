"""Two applications, as the program of docs/single-sign-on.md has them: signing in to both by one
sign-in, and out of both by one sign-out.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from tests.browser.visitor import Visitor
from tests.factories.world import World, make_world
from tests.flows.applications import NOBODY, Application, running, send

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
# The program has no page of its own, so the button that a real application has is put there.
SIGN_OUT = """() => {
    const form = document.createElement("form");
    Object.assign(form, {method: "post", action: "/logout"});
    form.append(Object.assign(document.createElement("button"), {textContent: "Sign out"}));
    document.body.append(form);
}"""


@pytest.fixture
def world(live_server: Any, settings: Settings) -> World:
    settings.PUBLIC_URL = live_server.url
    return make_world()


@pytest.fixture
def apps(live_server: Any, world: World) -> Iterator[tuple[Application, Application]]:
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(running(live_server.url, world, name))
            for name in ("Intranet", "Travel")
        )
        yield first, second


def test_one_sign_in_opens_both_and_one_sign_out_closes_both(
    visitor: Visitor, world: World, apps: tuple[Application, Application]
) -> None:
    page, (intranet, travel) = visitor.page, apps
    hello = f"Hello {world.bo.email}"

    page.goto(f"{intranet.home}/login")
    visitor.sign_in(world.bo.email)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text(hello)).to_be_visible()
    page.goto(f"{travel.home}/login")
    page.get_by_role("button", name="Allow").click()  # Nobody has asked for a password.
    expect(page.get_by_text(hello)).to_be_visible()

    page.goto(intranet.home)
    page.evaluate(SIGN_OUT)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text(NOBODY)).to_be_visible()
    send()

    page.goto(travel.home)
    expect(page.get_by_text(NOBODY)).to_be_visible()
    visitor.go("/account/")
    expect(page).to_have_url(re.compile("/account/login/"))
