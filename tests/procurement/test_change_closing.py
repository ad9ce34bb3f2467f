"""A change that has an order expect no more than what came and was invoiced closes it."""

from decimal import Decimal

import pytest

from apps.core.actor import Actor
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.services import accept_change, approve_invoice
from apps.procurement.services.facets import FULFILLED
from tests.factories.fulfilment import received
from tests.factories.invoices import claimed, decided, invoiced, seller_of
from tests.factories.procurement import actor_for, asking, changed, issued, proposed
from tests.factories.world import World

pytestmark = pytest.mark.django_db
LESS = changed(quantity=Decimal(100))


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    """Of 120, a hundred came."""
    made = issued(world)
    received(made, "100")
    return made


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def accepted(order: PurchaseOrder, by: Actor) -> tuple[str, str]:
    """The order after its vendor accepted the buyer's change: status and receipt facet."""
    change = proposed(order, by, LESS)
    done = accept_change(**asking(order, seller_of(order)), change_id=change.public_id)
    order.refresh_from_db()
    assert done.resulting_revision is not None
    return order.status, order.receipt_status


def test_change_down_to_what_came_and_was_invoiced_closes_the_order(
    world: World, order: PurchaseOrder, erp: Actor
) -> None:
    decided(approve_invoice, invoiced(order, claimed("100")), world)

    assert accepted(order, erp) == ("closed", "full")

    *_, change, close = OrderRevision.objects.filter(order=order).order_by("revision")
    assert (change.act, change.status, change.revision) == ("change", "issued", close.revision - 1)
    assert (close.act, close.status, close.reason) == ("close", "closed", FULFILLED)
    assert order.changes.get().resulting_revision == change.revision
    assert order.changes.get().status == "accepted"


def test_change_down_to_what_came_leaves_an_order_open_that_is_not_invoiced(
    order: PurchaseOrder, erp: Actor
) -> None:
    assert accepted(order, erp) == ("issued", "full")


def test_change_leaves_an_order_open_while_an_invoice_waits_for_a_decision(
    world: World, order: PurchaseOrder, erp: Actor
) -> None:
    waiting = invoiced(order, claimed("100"))

    assert accepted(order, erp) == ("issued", "full")

    decided(approve_invoice, waiting, world)
    order.refresh_from_db()
    assert order.status == "closed"


def test_change_down_to_what_was_kept_of_what_came_is_allowed(
    world: World, order: PurchaseOrder, erp: Actor
) -> None:
    received(order, "20", rejected="20")
    decided(approve_invoice, invoiced(order, claimed("100")), world)

    assert accepted(order, erp) == ("closed", "full")
