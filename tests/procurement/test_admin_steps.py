"""Staff bring an order to its vendor: submit, approve or send back, issue."""

import pytest

from apps.identity.models import StaffRole
from apps.procurement.models import OrderRevision, PurchaseOrder
from tests.factories.acts import do, opened, send
from tests.factories.identity import staff_browser
from tests.factories.procurement import actor_for, answered, drafted, issued, proposed
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def acts_of(order: PurchaseOrder, role: StaffRole) -> list[str]:
    page = staff_browser(role).get(page_of(PurchaseOrder, "change", order.pk))
    return [act["label"] for act in page.context["acts"]]


def waiting(world: World) -> PurchaseOrder:
    """A draft that waits for its approval."""
    order = drafted(world)
    PurchaseOrder.objects.filter(pk=order.pk).update(status="pending_approval")
    order.refresh_from_db()
    return order


def test_manager_submits_and_issues_an_order(world: World) -> None:
    order, manager = drafted(world), staff_browser(StaffRole.PROCUREMENT_MANAGER)

    for name in ("submit", "issue"):
        do(manager, order, name)

    order.refresh_from_db()
    kept = OrderRevision.objects.filter(order=order).order_by("revision")
    assert (order.status, order.issued_at is not None) == ("issued", True)
    assert [(row.act, row.reason, row.session.kind) for row in kept][1:] == [
        ("submit", "Because", "staff"),
        ("issue", "Because", "staff"),
    ]


@pytest.mark.parametrize(("name", "status"), (("approve", "approved"), ("reject", "draft")))
def test_administrator_decides_on_an_order_that_waits(world: World, name: str, status: str) -> None:
    order = waiting(world)

    do(staff_browser(), order, name)

    order.refresh_from_db()
    assert (order.status, bool(order.approved_hash)) == (status, name == "approve")


def test_administrator_does_not_approve_what_they_submitted(world: World) -> None:
    order, browser = drafted(world), staff_browser()
    do(browser, order, "submit")
    page = opened(browser, order, "issue")
    PurchaseOrder.objects.filter(pk=order.pk).update(status="pending_approval")

    answer = send(browser, order, "approve", page)

    assert answer.context["form"].non_field_errors() == ["Who asked for it does not approve it."]


def test_page_offers_what_the_role_may_do(world: World) -> None:
    order = waiting(world)

    assert acts_of(order, StaffRole.ADMINISTRATOR) == ["Approve", "Send back", "Hold", "Cancel"]
    assert acts_of(order, StaffRole.PROCUREMENT_MANAGER) == ["Hold"]
    assert acts_of(order, StaffRole.VIEWER) == []


def test_declined_order_is_issued_again_with_the_proposed_change(world: World) -> None:
    order = issued(world)
    answered(order, actor_for(world.acme, world.office), "RE", reason="No stock")
    proposed(order, actor_for(world.erp, world.office))

    do(staff_browser(), order, "issue")

    order.refresh_from_db()
    assert (order.status, order.lines.get().quantity) == ("issued", 100)


def test_closed_order_is_released_from_its_hold(world: World) -> None:
    order = issued(world)
    PurchaseOrder.objects.filter(pk=order.pk).update(status="closed", buyer_hold=True)

    do(staff_browser(), order, "release", hold="buyer_hold")

    order.refresh_from_db()
    assert (order.status, order.buyer_hold) == ("closed", False)
