"""Staff begin a project as a draft, open it, let somebody of the buyer's in, and hold it."""

import pytest
from playwright.sync_api import expect

from apps.projects.models import Project, ProjectMember
from tests.browser.entering import enter_admin
from tests.browser.visitor import Visitor
from tests.factories.identity import staff
from tests.factories.scene import page_of
from tests.factories.world import make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def act(visitor: Visitor, name: str, button: str = "") -> None:
    visitor.page.get_by_role("link", name=name, exact=True).click()
    if button:
        visitor.page.get_by_role("button", name=button, exact=True).click()


def test_project_from_draft_to_hold(visitor: Visitor) -> None:
    make_world()
    ann = staff(email="ann@buyer.example")
    page = visitor.page
    enter_admin(visitor)

    visitor.go(page_of(Project, "add"))
    page.get_by_label("Number").fill("LAB-2027")
    page.get_by_label("Title").fill("Laboratory 2027")
    page.get_by_label("Buyer entity").select_option(label="Nordwind")
    page.get_by_label("Starts on").fill("2027-01-01")
    page.get_by_label("Ends on").fill("2027-12-31")
    page.get_by_label("Owner").select_option(label="ann@buyer.example")
    page.get_by_label("Budget amount").fill("25000")
    page.get_by_label("Budget currency").fill("eur")
    page.get_by_label("Categories").fill("41, 4410")
    page.get_by_label("Draft").check()
    visitor.look("project-add")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("LAB-2027 Laboratory 2027 is a draft.")).to_be_visible()

    made = Project.objects.get(number="LAB-2027")
    assert (made.owner, made.categories, made.budget_currency) == (ann, ["41", "4410"], "EUR")
    visitor.look("project-draft")
    act(visitor, "Open")
    page.get_by_label("Reason").fill("The year begins")
    page.get_by_role("button", name="Open").click()
    act(visitor, "Add one of our people")
    page.get_by_label("Person").select_option(label="ann@buyer.example")
    page.get_by_label("Role").select_option(label="Approver")
    visitor.look("project-add-person")
    page.get_by_role("button", name="Add one of our people").click()
    expect(page.get_by_text("ann@buyer.example is a member of LAB-2027")).to_be_visible()
    assert ProjectMember.objects.get(project=made).user == ann

    act(visitor, "Change ann@buyer.example")
    expect(page.get_by_label("Role")).to_have_value("approver_admin")
    visitor.look("project-change-member")
    visitor.go(page_of(Project, "change", made.pk))
    act(visitor, "Change")
    expect(page.get_by_label("Categories")).to_have_value("41, 4410")
    visitor.look("project-edit")
    visitor.go(page_of(Project, "change", made.pk))
    act(visitor, "Hold")
    page.get_by_label("Reason").fill("Audit")
    visitor.look("project-hold")
    page.get_by_role("button", name="Hold").click()
    expect(page.get_by_text("nobody acts in it")).to_be_visible()
    visitor.look("project")
