"""Staff let a partner in, follow an order, and throw the partner out."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from apps.audit.services import seal_audit
from apps.governance.models import Offboarding
from apps.oauth.models import Client
from apps.partners.models import Partner
from tests.browser.entering import WITHOUT_JAVASCRIPT, enter_admin
from tests.browser.visitor import Visitor
from tests.factories.gateway import ORDERS, Caller
from tests.factories.oauth import NewClient, access_token, machine
from tests.factories.procurement import issued
from tests.factories.scene import page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_onboarding_ends_in_the_partners_first_call(visitor: Visitor) -> None:
    make_world()
    page = visitor.page
    enter_admin(visitor)
    page.get_by_role("link", name="Onboard a partner").click()
    page.get_by_label("Name of the company").fill("Initech")
    page.get_by_label("E-mail of its technical contact").fill("it@initech.example")
    page.get_by_label("OFFICE Office").check()
    visitor.look("onboarding")

    page.get_by_role("button", name="Onboard").click()
    expect(page.get_by_role("heading", name="Initech is onboarded")).to_be_visible()
    page.get_by_role("button", name="Copy secret").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    secret = page.evaluate("navigator.clipboard.readText()")
    client = Client.objects.get()
    visitor.look("secret-once")

    token = access_token(NewClient(client, secret), ["purchase_orders:read"])
    assert Caller(token).get(ORDERS).status_code == 200
    page.get_by_role("link", name="To the client").click()
    assert secret not in page.content()


@WITHOUT_JAVASCRIPT
def test_the_secret_can_be_read_and_selected_without_javascript(visitor: Visitor) -> None:
    make_world()
    page = visitor.page
    enter_admin(visitor)
    page.get_by_role("link", name="Onboard a partner").click()
    page.get_by_label("Name of the company").fill("Initech")
    page.get_by_label("E-mail of its technical contact").fill("it@initech.example")
    page.get_by_label("OFFICE Office").check()

    page.get_by_role("button", name="Onboard").click()

    secret = page.locator("#client-secret").inner_text()
    assert access_token(NewClient(Client.objects.get(), secret), ["purchase_orders:read"])
    expect(page.get_by_role("button", name="Copy secret")).to_be_hidden()


def test_a_faulty_form_says_what_is_wrong_where_it_is_wrong(visitor: Visitor) -> None:
    make_world()
    page = visitor.page
    enter_admin(visitor)
    visitor.go("/admin/partners/partner/add/")
    page.get_by_label("E-mail of its technical contact").fill("nobody")

    page.get_by_role("button", name="Onboard").click()

    expect(page.get_by_label("Name of the company")).to_have_attribute("aria-invalid", "true")
    visitor.look("onboarding-refused")


def test_offboarding_shows_the_dry_run_then_the_evidence(visitor: Visitor) -> None:
    world, page = make_world(), visitor.page
    caller = Caller(access_token(machine(partner=world.acme, scopes=["purchase_orders:read"])))
    enter_admin(visitor)
    visitor.go(page_of(Partner, "change", world.acme.pk))
    visitor.look("partner")
    page.get_by_role("link", name="Offboard", exact=True).click()
    expect(page.get_by_text("1 live session: ended")).to_be_visible()
    visitor.look("offboarding-dry-run")
    before = caller.get(ORDERS).status_code

    page.get_by_label("Reason").fill("Late again")
    page.get_by_role("button", name="Offboard").click()

    evidence = Offboarding.objects.get()
    expect(page).to_have_url(re.compile(f"{evidence.pk}/change/$"))
    visitor.look("offboarding-evidence")
    assert (before, caller.get(ORDERS).status_code) == (200, 401)


def test_an_order_is_traced_to_what_authorised_it_and_its_proof(visitor: Visitor) -> None:
    world, page = make_world(), visitor.page
    order = issued(world)
    seal_audit(at=datetime.now(tz=UTC), force_checkpoint=True)
    enter_admin(visitor)
    visitor.go("/admin/procurement/purchaseorder/")
    page.get_by_label("Search", exact=True).fill(order.number)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=order.number).click()
    visitor.look("order")

    page.get_by_role("link", name="Trace what authorised it").click()
    expect(page.get_by_text("Every revision is proved.")).to_be_visible()
    visitor.look("order-trace")
    page.get_by_text("The proof (RFC 6962)").first.click()
    expect(page.get_by_text("Leaf hash").first).to_be_visible()
    page.get_by_role("link", name=re.compile("^ses_")).first.click()

    assert urlsplit(page.url).path.startswith("/admin/oauth/tokensession/")


def test_several_sessions_are_ended_with_one_reason(visitor: Visitor) -> None:
    world, page = make_world(), visitor.page
    callers = [
        Caller(access_token(machine(partner=partner, scopes=["purchase_orders:read"])))
        for partner in (world.acme, world.globex)
    ]
    enter_admin(visitor)
    visitor.go("/admin/oauth/tokensession/?state=live&kind__exact=client")
    for row in page.get_by_label("Select this object for an action").all():
        row.check()
    page.get_by_label("Action:").select_option("End the chosen sessions")
    page.get_by_role("button", name="Go", exact=True).click()
    visitor.look("end-sessions")

    page.get_by_label("Reason").fill("Spring cleaning")
    page.get_by_role("button", name="End 2 sessions").click()

    expect(page.get_by_text("2 of 2 chosen sessions ended now.")).to_be_visible()
    assert [caller.get(ORDERS).status_code for caller in callers] == [401, 401]
