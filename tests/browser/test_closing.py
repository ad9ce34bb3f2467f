"""Staff close a project: what is not settled, the tick, the wind-down, the evidence; and open it
again.
"""

import pytest
from playwright.sync_api import expect

from apps.governance.models import ProjectClosing
from apps.projects.models import Project
from tests.browser.entering import enter_admin
from tests.browser.visitor import Visitor
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.invoices import disputed
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import drafted
from tests.factories.scene import page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def test_a_project_is_closed_with_evidence_and_opened_again(visitor: Visitor) -> None:
    world, page = make_world(), visitor.page
    drafted(world)
    disputed(world)
    caller = Caller(access_token(machine(partner=world.acme, scopes=["purchase_orders:read"])))
    enter_admin(visitor)
    visitor.go(page_of(Project, "change", world.office.pk))

    page.get_by_role("link", name="Close", exact=True).click()
    expect(page.get_by_text("Not settled: 1 draft order")).to_be_visible()
    expect(page.get_by_text("and 0 API keys for it alone")).to_be_visible()
    page.get_by_label("No: access ends now").check()
    page.get_by_label("Reason").fill("All is bought")
    visitor.look("project-close")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    assert caller.get(ORDERS).status_code == 200
    page.get_by_label("I know what is not settled in it").check()
    page.get_by_role("button", name="Close").click()

    expect(page.get_by_role("heading", name="Closing of OFFICE Office")).to_be_visible()
    expect(page.get_by_text("finished", exact=True)).to_be_visible()
    visitor.look("project-closing")
    assert problem(caller.get(ORDERS)) == (401, "token-revoked")
    visitor.go(page_of(ProjectClosing, "changelist"))
    visitor.look("project-closings")

    visitor.go(page_of(Project, "change", world.office.pk))
    visitor.look("project-closed")
    page.get_by_role("link", name="Reopen").click()
    page.get_by_label("Reason").fill("One more order")
    visitor.look("project-reopen")
    page.get_by_role("button", name="Reopen").click()
    expect(page.get_by_text("OFFICE is open again.")).to_be_visible()
    assert problem(caller.get(ORDERS)) == (401, "token-revoked")


def test_a_project_winds_down(visitor: Visitor) -> None:
    world, page = make_world(), visitor.page
    enter_admin(visitor)
    visitor.go(page_of(Project, "close", world.office.pk))

    page.get_by_label("For 14 days").check()
    page.get_by_label("Reason").fill("All is bought")
    page.get_by_role("button", name="Close").click()

    expect(page.get_by_text("Winds down until")).to_be_visible()
    visitor.look("project-wind-down")
    visitor.go(page_of(Project, "change", world.office.pk))
    expect(page.get_by_text("“Close” ends it sooner")).to_be_visible()
    visitor.look("project-winding-down")
    assert Project.objects.get(pk=world.office.pk).status == "closing"
