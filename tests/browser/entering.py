"""How staff come into the admin."""

import pytest
from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.factories.identity import staff

WITHOUT_JAVASCRIPT = pytest.mark.parametrize(
    "visitor", ({"java_script_enabled": False},), indirect=True
)


def enter_admin(visitor: Visitor) -> None:
    visitor.go("/admin/")
    visitor.sign_in(staff().email)
    expect(visitor.page.get_by_role("heading", name="Access and orders")).to_be_visible()
