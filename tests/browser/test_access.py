"""People see what acts for them and take it back; staff make an API key."""

import pytest
from playwright.sync_api import expect

from apps.oauth.models import ApiKey, Consent
from tests.browser.visitor import Visitor
from tests.factories.api_keys import KeyHolder, api_key
from tests.factories.consents import standing
from tests.factories.governance import sessions
from tests.factories.identity import staff
from tests.factories.oauth import web_app
from tests.factories.scene import page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
WITHOUT_JAVASCRIPT = pytest.mark.parametrize(
    "visitor", ({"java_script_enabled": False},), indirect=True
)


def at_access(visitor: Visitor) -> None:
    """Bo of Acme before the list of two applications."""
    world = make_world()
    for name, scopes in (
        ("Acme order desk", ("purchase_orders:read", "invoices:read", "offline_access")),
        ("Ångström Procurement & Spend Analytics Companion", ("vendors.contacts:read",)),
    ):
        client = web_app(partner=world.acme, scopes=scopes).client
        client.name = name
        client.save(update_fields=["name"])
        standing(world.bo, client, partner=world.acme, scopes=scopes)
        sessions(2, client=client, user=world.bo)
    visitor.go("/account/access/")
    visitor.sign_in(world.bo.email)


def test_what_was_given_is_taken_back(visitor: Visitor) -> None:
    at_access(visitor)
    page = visitor.page
    expect(page.get_by_role("heading", name="Applications with access")).to_be_visible()
    visitor.look("access")

    page.get_by_role("link", name="Take back the access of Acme order desk").click()
    visitor.look("access-take-back")
    page.get_by_role("button", name="Take back").click()

    expect(page.get_by_text("Acme order desk can no longer act for you.")).to_be_visible()
    visitor.look("access-taken-back")
    taken = Consent.objects.filter(revoked_at__isnull=False)
    assert [one.client.name for one in taken] == ["Acme order desk"]


@WITHOUT_JAVASCRIPT
def test_it_is_taken_back_without_javascript_and_found_from_the_account(visitor: Visitor) -> None:
    at_access(visitor)
    page = visitor.page
    visitor.go("/account/")
    page.get_by_role("link", name="Applications with access").click()
    page.get_by_role("link", name="Take back the access of Acme order desk").click()

    page.get_by_role("button", name="Take back").click()

    expect(page.get_by_text("Acme order desk can no longer act for you.")).to_be_visible()


def test_nothing_given_says_so(visitor: Visitor) -> None:
    visitor.go("/account/access/")
    visitor.sign_in(make_world().bo.email)

    expect(visitor.page.get_by_text("No application can act for you.")).to_be_visible()
    visitor.look("access-none")


def test_the_way_from_a_key_to_oauth_is_fit_to_read(visitor: Visitor) -> None:
    visitor.go("/api/docs/api-keys")

    visitor.look("api-keys")


def test_staff_make_a_key_and_copy_it_once(visitor: Visitor) -> None:
    world, page = make_world(), visitor.page
    visitor.go("/admin/")
    visitor.sign_in(staff().email)
    page.get_by_role("link", name="API keys").first.click()
    page.wait_for_url("**/oauth/apikey/")
    visitor.look("list-apikey-empty")
    visitor.go(page_of(ApiKey, "add"))
    page.get_by_label("Name").fill("Old ERP")
    page.get_by_label("Partner").select_option("Acme")
    page.get_by_label("See purchase orders (purchase_orders:read)").check()
    page.get_by_label("Networks").fill("127.0.0.0/8")
    visitor.look("apikey-add")

    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("heading", name="Old ERP is made")).to_be_visible()
    page.get_by_role("button", name="Copy key").click()
    key = page.evaluate("navigator.clipboard.readText()")
    visitor.look("apikey-once")

    assert KeyHolder(key).ask().status_code == 200
    page.get_by_role("link", name="To the key").click()
    page.wait_for_url("**/change/")
    assert key not in page.content()
    visitor.look("apikey-record")
    visitor.go(page_of(ApiKey, "revoke", api_key(world.acme).api_key.pk))
    visitor.look("apikey-revoke")
