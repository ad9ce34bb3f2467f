"""Orders, changes and answers in the admin: what staff see and do, through the services."""

from decimal import Decimal

import pytest
from django.test import Client as Browser

from apps.identity.admin.cells import EMPTY
from apps.identity.models import StaffRole
from apps.procurement.models import Acknowledgement, OrderChange, OrderRevision, PurchaseOrder
from apps.procurement.policy.changes import ChangeDraft, LineChange
from apps.procurement.policy.drafts import LineAnswer
from tests.factories.acts import do
from tests.factories.identity import sign_in, staff, staff_browser
from tests.factories.procurement import (
    actor_for,
    answered,
    changed,
    issued,
    line_draft,
    proposed,
)
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def browser() -> Browser:
    return staff_browser()


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return issued(world)


def test_staff_hold_and_release_an_order(browser: Browser, order: PurchaseOrder) -> None:
    do(browser, order, "hold", hold="buyer_hold")
    do(browser, order, "hold", hold="compliance_hold")
    page = browser.get(page_of(PurchaseOrder, "change", order.pk))
    do(browser, order, "release", hold="buyer_hold")

    order.refresh_from_db()
    kept = OrderRevision.objects.filter(order=order).order_by("revision")
    assert dict(page.context["facts"])["On hold"] == "the buyer's hold, the hold for compliance"
    assert (order.buyer_hold, order.compliance_hold, order.revision) == (False, True, 6)
    assert [(row.act, row.reason) for row in kept][3:] == [
        ("hold", "Because"),
        ("hold", "Because"),
        ("release", "Because"),
    ]
    assert kept[3].session.kind == "staff"


def test_compliance_hold_is_refused_to_a_manager_with_the_reason_at_the_form(
    order: PurchaseOrder,
) -> None:
    manager = staff_browser(StaffRole.PROCUREMENT_MANAGER)

    answer = do(manager, order, "hold", hold="compliance_hold")

    order.refresh_from_db()
    assert order.compliance_hold is False
    assert answer.context["form"].non_field_errors() == [
        "Only an approver holds an order for compliance."
    ]


@pytest.mark.parametrize(("name", "status"), (("cancel", "cancelled"), ("close", "closed")))
def test_staff_end_an_order(browser: Browser, order: PurchaseOrder, name: str, status: str) -> None:
    do(browser, order, name)

    order.refresh_from_db()
    assert order.status == status
    page = browser.get(page_of(PurchaseOrder, "change", order.pk))
    assert page.context["acts"] == []


def test_order_of_which_something_came_is_not_cancelled(
    browser: Browser, order: PurchaseOrder
) -> None:
    order.lines.update(quantity_received=1)

    answer = do(browser, order, "cancel")

    order.refresh_from_db()
    assert order.status == "issued"
    assert answer.context["form"].non_field_errors() == [
        "Something was received, invoiced or paid on it already."
    ]


@pytest.mark.parametrize(
    ("name", "status", "quantity"), (("accept", "accepted", 100), ("refuse", "refused", 120))
)
def test_staff_decide_on_a_vendors_proposal(
    world: World, browser: Browser, order: PurchaseOrder, name: str, status: str, quantity: int
) -> None:
    change = proposed(order, actor_for(world.acme, world.office))

    do(browser, change, name)

    change.refresh_from_db()
    assert (change.status, change.decision_reason) == (status, "Because")
    assert order.lines.get().quantity == quantity


def test_administrator_accepts_what_goes_beyond_and_another_approved(
    world: World, browser: Browser, order: PurchaseOrder
) -> None:
    another = sign_in(Browser(), staff(email="second@buyer.example"))
    another.get("/admin/")
    change = proposed(order, actor_for(world.acme, world.office), changed(quantity=Decimal(130)))
    page = browser.get(page_of(OrderChange, "change", change.pk))

    do(another, change, "approve")
    do(browser, change, "accept")

    assert [act["label"] for act in page.context["acts"]] == ["Approve", "Refuse"]
    change.refresh_from_db()
    assert (change.status, change.exceeds) == ("accepted", ["amount"])
    assert change.approved_by_session != change.decided_by_session
    assert order.lines.get().quantity == 130


def test_administrator_who_approved_a_change_does_not_accept_it(
    world: World, browser: Browser, order: PurchaseOrder
) -> None:
    change = proposed(order, actor_for(world.acme, world.office), changed(quantity=Decimal(130)))
    do(browser, change, "approve")

    do(browser, change, "accept")

    change.refresh_from_db()
    assert change.status == "proposed"


def test_page_of_a_change_shows_what_would_change(world: World, browser: Browser) -> None:
    order = issued(world, lines=(line_draft(), line_draft(line_no=2)))
    address = {"name": "Gate 3", "lines": ["Havnegata 1"], "city": "Oslo", "country": "NO"}
    change = proposed(
        order,
        actor_for(world.erp, world.office),
        ChangeDraft(
            lines=(
                LineChange(line_no=1, fields={"need_by": None, "quantity": line_draft().quantity}),
                LineChange(line_no=2, remove=True),
            ),
            new_lines=(line_draft(line_no=3),),
            fields={"requested_delivery": None, "ship_to": address},
        ),
    )

    page = browser.get(page_of(OrderChange, "change", change.pk))

    [table] = [one for one in page.context["tables"] if one.title == "What was proposed"]
    assert sorted(table.rows, key=str) == [
        ("Order", "delivery asked for", EMPTY, EMPTY),
        ("Order", "ship to", EMPTY, "Gate 3, Havnegata 1, Oslo, NO"),
        (1, "need by", EMPTY, EMPTY),
        (1, "quantity", "120", "120"),
        (2, "the line", "120 EA Paper A4, at 4.25", "removed"),
        (3, "a new line", EMPTY, "120 EA Paper A4, at 4.25"),
    ]
    assert page.context["acts"][0]["label"] == "Approve"


def test_page_of_an_answer_shows_it_line_by_line(
    world: World, browser: Browser, order: PurchaseOrder
) -> None:
    line = LineAnswer(line_no=1, code="3", promised_quantity=line_draft().quantity - 20)
    answer = answered(order, actor_for(world.acme, world.office), "CA", lines=(line,))

    page = browser.get(page_of(Acknowledgement, "change", answer.pk))

    (table,) = page.context["tables"]
    assert [tuple(map(str, row)) for row in table.rows] == [("1", "changed", "100", EMPTY, EMPTY)]
    assert order.number in str(dict(page.context["facts"])["Order"])
    shown = browser.get(page_of(PurchaseOrder, "change", order.pk)).content.decode()
    assert f'href="{page_of(Acknowledgement, "change", answer.pk)}"' in shown
    assert f'href="{page_of(OrderChange, "change", answer.change.pk)}"' in shown
