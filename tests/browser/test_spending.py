"""Staff ask what a client would be allowed to order, and see what is spent of every limit."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from apps.partners.models import Partner
from apps.procurement.models import PurchaseOrder, SpendAccount, SpendReservation
from apps.procurement.services import approve_order, issue_order
from apps.projects.models import Project, PurchasingPolicy
from tests.browser.entering import enter_admin
from tests.browser.visitor import LAPTOP, PHONE, Visitor
from tests.factories.details import erp
from tests.factories.policies import approval_rule, policy
from tests.factories.procurement import actor_for, asking, buyer_person
from tests.factories.scene import page_of
from tests.factories.spending import submitted
from tests.factories.world import World, make_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("fresh_cache"),
]


def office_with_rules() -> World:
    world = make_world()
    policy(world.buyer, name="IT equipment", per_period_max=10_000, period_days=30)
    policy(world.buyer, name="Small orders", per_order_max=5000, categories_denied=("46",))
    approval_rule(world.buyer, name="Large orders", amount_from=1000, min_approvers=2)
    Project.objects.update(budget_amount=Decimal(50_000), budget_currency="EUR")
    return world


def test_staff_simulate_an_order_and_read_why(visitor: Visitor) -> None:
    world = office_with_rules()
    client = erp(world, "purchase_orders:create").client
    page = visitor.page
    enter_admin(visitor)
    visitor.go(page_of(PurchasingPolicy, "changelist"))
    visitor.look("policies-with-simulate")
    page.get_by_role("link", name="Simulate an order").click()

    page.get_by_label("Client").select_option(client.client_id)
    page.get_by_label("Project").select_option("OFFICE")
    page.get_by_label("Amount").fill("4900")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_label("Categories").fill("46181504")
    visitor.look("simulate")
    page.get_by_role("button", name="Simulate").click()

    expect(page.get_by_role("heading", name="The answer")).to_contain_text("Denied")
    expect(page.get_by_text("46181504 is denied, or includes what is.")).to_be_visible()
    visitor.look("simulate-denied")
    page.get_by_label("Categories").fill("43211503")
    page.get_by_role("button", name="Simulate").click()

    expect(page.get_by_role("heading", name="The answer")).to_contain_text("Needs approval")
    expect(page.get_by_text("IT equipment allows EUR 10,000.00 within 30 days")).to_be_visible()
    visitor.look("simulate-approval")


def _read_on_a_phone(visitor: Visitor) -> None:
    """Every cell of the table of approvals is on the screen, without moving it sideways."""
    page = visitor.page
    page.set_viewport_size({"width": PHONE, "height": 800})
    cells = page.locator("section[aria-labelledby='table-approvals'] td").all()
    ends = [box["x"] + box["width"] for cell in cells if (box := cell.bounding_box())]
    page.set_viewport_size({"width": LAPTOP, "height": 800})
    assert (len(ends), max(ends) <= PHONE) == (8, True)


def test_staff_see_what_is_spent_and_by_whose_word(visitor: Visitor) -> None:
    world = office_with_rules()
    erp(world, "purchase_orders:create")
    buyer = actor_for(world.erp, world.office)
    order = submitted(world, buyer, "4000", category="43211503")
    ann, ben = (buyer_person(world, f"{name}@nordwind.example") for name in ("ann", "ben"))
    approve_order(**asking(order, ann))
    page = visitor.page
    enter_admin(visitor)
    visitor.go(page_of(PurchaseOrder, "change", order.pk))

    expect(page.get_by_role("cell", name="1 of 2")).to_be_visible()
    visitor.look("order-approvals")
    _read_on_a_phone(visitor)
    visitor.go(page_of(PurchaseOrder, "approve", order.pk))
    visitor.look("order-approve")
    visitor.go(page_of(PurchaseOrder, "change", order.pk))
    order.refresh_from_db()
    approve_order(**asking(order, ben))
    order.refresh_from_db()
    issue_order(**asking(order, buyer))
    visitor.go(page_of(PurchaseOrder, "trace", order.pk))
    page.get_by_text("Why it could be ordered").first.click()
    visitor.look("trace-decision")
    visitor.go(page_of(Project, "change", world.office.pk))
    expect(page.get_by_role("cell", name="40 %")).to_be_visible()
    visitor.look("project-spending")
    visitor.go(page_of(Partner, "change", world.erp.pk))
    expect(page.get_by_role("cell", name="40 %")).to_be_visible()
    visitor.look("partner-spending")
    visitor.go(page_of(SpendAccount, "changelist"))
    visitor.look("spend-accounts")
    account = SpendAccount.objects.filter(policy__name="IT equipment").get()
    visitor.go(page_of(SpendAccount, "change", account.pk))
    visitor.look("spend-account")
    visitor.go(page_of(SpendReservation, "changelist"))
    visitor.look("spend-reservations")
