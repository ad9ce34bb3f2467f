"""Of whom something may be ordered, and when an order that is over may still be held."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.governance.services.offboarding import offboard_partner
from apps.partners.services import suspend_partner
from apps.procurement.errors import OrderOnHoldError, VendorNotActiveError
from apps.procurement.models import PurchaseOrder
from apps.procurement.services import (
    approve_invoice,
    close_order,
    hold_order,
    issue_order,
    pay_invoice,
    release_order,
    submit_order,
)
from apps.projects.models import ProjectMember
from tests.factories.invoices import decided, invoiced, ready
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    drafted,
    issued,
    proposed,
)
from tests.factories.world import SETUP, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def status_of_order(order: PurchaseOrder) -> str:
    return PurchaseOrder.objects.get(pk=order.pk).status


def suspend(world: World) -> None:
    suspend_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.acme, reason="Fraud")


def offboard(world: World) -> None:
    offboard_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.acme, reason="Over")


def expel(world: World) -> None:
    ProjectMember.objects.filter(partner=world.acme).delete()


def to_submit(world: World, erp: Actor) -> PurchaseOrder:
    return drafted(world, erp)


def to_issue(world: World, erp: Actor) -> PurchaseOrder:
    return submit_order(**asking(drafted(world, erp), erp))


def to_reissue(world: World, erp: Actor) -> PurchaseOrder:
    order = issued(world)
    answered(order, actor_for(world.acme, world.office), "RE")
    proposed(order, erp)
    return order


@pytest.mark.parametrize("away", (suspend, offboard, expel))
@pytest.mark.parametrize(
    ("begun", "act"),
    ((to_submit, submit_order), (to_issue, issue_order), (to_reissue, issue_order)),
)
def test_nothing_is_ordered_of_a_vendor_that_is_away(
    world: World,
    erp: Actor,
    away: Callable[[World], None],
    begun: Callable[[World, Actor], PurchaseOrder],
    act: Callable[..., PurchaseOrder],
) -> None:
    order = begun(world, erp)
    before = status_of_order(order)
    away(world)

    with pytest.raises(VendorNotActiveError):
        act(**asking(order, erp))

    assert status_of_order(order) == before


def test_order_closed_while_held_is_released_and_paid(world: World) -> None:
    order, erp = ready(world), actor_for(world.erp, world.office)
    invoice = invoiced(order)
    decided(approve_invoice, invoice, world)
    hold_order(**asking(order, erp))
    if status_of_order(order) != "closed":
        close_order(**asking(order, erp))

    release_order(**asking(order, erp))

    assert decided(pay_invoice, invoice, world).status == "paid"


def test_payment_on_a_closed_order_is_stopped_by_a_hold(world: World) -> None:
    order, erp = ready(world), actor_for(world.erp, world.office)
    invoice = invoiced(order)
    decided(approve_invoice, invoice, world)
    if status_of_order(order) != "closed":
        close_order(**asking(order, erp))

    hold_order(**asking(order, erp))

    with pytest.raises(OrderOnHoldError):
        decided(pay_invoice, invoice, world)


def test_closed_order_with_nothing_left_to_pay_takes_no_hold(world: World) -> None:
    order, erp = ready(world), actor_for(world.erp, world.office)
    invoice = invoiced(order)
    decided(approve_invoice, invoice, world)
    decided(pay_invoice, invoice, world)
    if status_of_order(order) != "closed":
        close_order(**asking(order, erp))

    with pytest.raises(InvalidTransitionError):
        hold_order(**asking(order, erp))
