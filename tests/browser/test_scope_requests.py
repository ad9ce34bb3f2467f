"""A second member of staff reads what a colleague asked for, and gives it."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from apps.oauth.models import Client
from tests.browser.entering import enter_admin
from tests.browser.visitor import Visitor
from tests.factories.oauth import machine
from tests.factories.portal import invited
from tests.factories.scope_requests import BANKING, asked_for
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_second_person_finds_reads_and_approves_a_request(visitor: Visitor) -> None:
    world = make_world()
    client = machine(partner=world.acme, scopes=["purchase_orders:read"]).client
    asked_for(client)
    page = visitor.page
    enter_admin(visitor)
    visitor.look("home-with-a-request")

    visitor.go("/admin/oauth/restrictedscoperequest/")
    visitor.look("scope-requests")
    page.get_by_role("link", name="Machine").first.click()
    visitor.look("scope-request")
    page.get_by_role("link", name="Approve").click()
    visitor.look("approve-scope-request")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_text(f"Machine may have {BANKING} from now on.")).to_be_visible()
    visitor.go(f"/admin/oauth/client/{client.pk}/change/")
    expect(page.get_by_text("It pays them.")).to_be_visible()
    visitor.look("client-with-reasons")
    assert BANKING in Client.objects.get().allowed_scopes


def test_staff_take_back_an_invitation(visitor: Visitor) -> None:
    world = make_world()
    invited(world.acme, world.bo, datetime.now(tz=UTC) + timedelta(days=1))
    page = visitor.page
    enter_admin(visitor)

    visitor.go("/admin/governance/invitation/")
    visitor.look("invitations")
    page.get_by_role("link", name="new@acme.example").click()
    visitor.look("invitation")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_label("Reason").fill("Nobody knows them.")
    page.get_by_role("button", name="Withdraw").click()

    expect(page.get_by_text("Its link works no more.")).to_be_visible()
