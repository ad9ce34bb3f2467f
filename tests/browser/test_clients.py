"""Staff register a client that proves itself by a key, and change it afterwards."""

import json

import pytest
from playwright.sync_api import expect

from apps.oauth.models import Client
from tests.browser.entering import WITHOUT_JAVASCRIPT, enter_admin
from tests.browser.visitor import Visitor
from tests.factories.client_keys import jwks
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_client_with_a_key_is_registered_and_changed(visitor: Visitor) -> None:
    make_world()
    page = visitor.page
    enter_admin(visitor)
    visitor.go("/admin/oauth/client/add/")
    visitor.look("register-client")
    page.get_by_role("textbox", name="Name").fill("Acme orders")
    page.get_by_role("combobox", name="Partner").select_option(label="Acme")
    page.get_by_label("Client Credentials").check()
    page.get_by_label("Client authentication").select_option("private_key_jwt")
    for title in ("Keys and security profile", "Pages and resources", "Networks and lifetimes",
                  "Resource server"):  # fmt: skip
        page.get_by_text(title, exact=True).click()
    visitor.look("register-client-unfolded")
    page.get_by_label("Public keys").fill(json.dumps(jwks()))
    page.get_by_label("It must show an extra API key").check()
    page.get_by_role("textbox", name="Networks").fill("192.0.2.1/24")

    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("'192.0.2.1/24' is not a network")).to_be_visible()
    visitor.look("register-client-refused")
    page.get_by_role("textbox", name="Networks").fill("192.0.2.0/24")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Acme orders is registered")).to_be_visible()
    visitor.look("registered-with-a-key")

    page.get_by_role("link", name="To the client").click()
    visitor.look("client-with-a-key")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_text("Pages and resources", exact=True).click()
    visitor.look("change-client")
    page.get_by_label("Origins of its web pages").fill("https://acme.example")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_text("Acme orders is changed")).to_be_visible()
    assert Client.objects.get().allowed_origins == "https://acme.example"


@WITHOUT_JAVASCRIPT
def test_folds_open_without_javascript(visitor: Visitor) -> None:
    enter_admin(visitor)
    visitor.go("/admin/oauth/client/add/")

    visitor.page.get_by_text("Networks and lifetimes", exact=True).click()

    expect(visitor.page.get_by_role("textbox", name="Networks")).to_be_visible()
