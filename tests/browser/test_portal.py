"""A partner's people at their portal: inviting somebody, changing and ending access, looking."""

import pytest
from django.core import mail
from playwright.sync_api import expect

from apps.identity.models import User
from apps.partners.models import PartnerUser
from tests.browser.visitor import Visitor
from tests.factories.governance import sessions
from tests.factories.identity import PASSWORD
from tests.factories.portal import Company, company, mailed_link
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]
WITHOUT_JAVASCRIPT = pytest.mark.parametrize(
    "visitor", ({"java_script_enabled": False},), indirect=True
)


def at_home(visitor: Visitor) -> Company:
    """Acme's admin on the page of their account."""
    world = make_world()
    acme = company(world.acme, world.bo)
    acme.client.name = "Ångström Procurement & Spend Analytics Companion"
    acme.client.save(update_fields=["name"])
    sessions(2, client=acme.client)
    visitor.go("/account/")
    visitor.sign_in(acme.boss.user.email)
    return acme


def test_somebody_is_invited_and_chooses_a_password(visitor: Visitor) -> None:
    at_home(visitor)
    page = visitor.page
    visitor.look("portal-home")
    page.get_by_role("link", name="People", exact=True).click()
    visitor.look("portal-people")
    page.get_by_role("link", name="Invite somebody").click()
    visitor.look("portal-invite")

    page.get_by_label("E-mail").fill("dee@acme.example")
    page.get_by_label("Salesperson").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("dee@acme.example is invited.")).to_be_visible()
    visitor.look("portal-people-invited")

    visitor.go(mailed_link())
    expect(page.get_by_role("heading", name="Act for Acme")).to_be_visible()
    visitor.look("portal-invitation")
    page.get_by_label("New Password", exact=True).fill(PASSWORD)
    page.get_by_label("New Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Sign in as dee@acme.example.")).to_be_visible()
    visitor.sign_in("dee@acme.example")
    expect(page.get_by_text("Salesperson")).to_be_visible()
    expect(page.get_by_role("link", name="People", exact=True)).to_have_count(0)

    visitor.go(mailed_link())
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    visitor.look("portal-invitation-over")
    assert len(mail.outbox) >= 1


@WITHOUT_JAVASCRIPT
def test_a_colleague_is_changed_and_then_ended_without_javascript(visitor: Visitor) -> None:
    acme = at_home(visitor)
    page = visitor.page
    page.get_by_role("link", name="People", exact=True).click()

    page.get_by_role("link", name="Change the role of bo@acme.example").click()
    page.get_by_label("Salesperson").check()
    page.get_by_role("button", name="Change role").click()
    expect(page.get_by_text("bo@acme.example is Salesperson now.")).to_be_visible()
    page.get_by_role("link", name="End the access of bo@acme.example").click()
    page.get_by_role("button", name="End access").click()

    expect(page.get_by_text("bo@acme.example has no access any more.")).to_be_visible()
    assert PartnerUser.objects.get(pk=acme.manager.pk).role == "salesperson"
    assert not User.objects.get(pk=acme.manager.user_id).is_active


def test_the_pages_that_ask_are_fit_to_read(visitor: Visitor) -> None:
    acme = at_home(visitor)
    for name, path in (
        ("portal-role", f"people/{acme.manager.public_id}/role/"),
        ("portal-end", f"people/{acme.manager.public_id}/end/"),
        ("portal-client-end", f"apps/{acme.client.client_id}/end/"),
    ):
        visitor.go(f"/account/{path}")
        visitor.look(name)


def test_apps_and_sessions_are_seen_and_ended(visitor: Visitor) -> None:
    acme = at_home(visitor)
    page = visitor.page
    page.get_by_role("link", name="Apps and sessions").click()
    visitor.look("portal-apps")

    page.get_by_role("button", name=f"End session {acme.of_boss.public_id}").click()
    expect(page.get_by_text("The session is ended.")).to_be_visible()
    page.get_by_role("link", name="End the sessions of").click()
    page.get_by_role("button", name="End its sessions").click()

    expect(page.get_by_text("3 live sessions ended.")).to_be_visible()
    visitor.look("portal-apps-ended")


def test_the_companys_activity_is_read_and_filtered(visitor: Visitor) -> None:
    at_home(visitor)
    page = visitor.page
    page.get_by_role("link", name="Activity").click()
    expect(page.locator("li").get_by_text("User signed in")).to_be_visible()
    visitor.look("portal-activity")

    page.get_by_text("Look for").click()
    page.get_by_label("What").select_option("partner.created")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.locator("li").get_by_text("Partner created")).to_be_visible()
    expect(page.locator("li").get_by_text("User signed in")).to_have_count(0)
    visitor.look("portal-activity-filtered")
