"""A token's authorization details where it does not order: receipts, ship notices, invoices."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.actor import Actor
from apps.procurement.errors import ActionNotGrantedError
from apps.procurement.models import Invoice, PurchaseOrder
from apps.procurement.policy.shipments import ShipmentDraft
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import (
    announce_shipment,
    approve_invoice,
    match_invoice,
    pay_invoice,
    reject_invoice,
    withdraw_shipment,
)
from tests.factories.fulfilment import buyer_of, received, shipped, taken_back
from tests.factories.gateway import ANY_REVISION
from tests.factories.invoices import (
    asked_of,
    credited,
    decider,
    disputed,
    invoiced,
    ready,
    resolved,
    seller_of,
)
from tests.factories.procurement import issued
from tests.factories.spending import entry, limited
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
DETAILS = ("over", "elsewhere")
DECISIONS = (approve_invoice, reject_invoice, pay_invoice, match_invoice)


def narrowed(actor: Actor, order: PurchaseOrder, how: str) -> Actor:
    """The caller with details that are over for the order's project, or that do not name it."""
    if how == "over":
        ended = datetime.now(tz=UTC) - timedelta(seconds=1)
        return limited(actor, entry(order.project, valid_until=ended.isoformat()))
    return limited(actor, entry(project("OTHER", order.buyer_entity)))


def refused(act: Callable[..., object], *args: Any, **told: Any) -> None:
    with pytest.raises(ActionNotGrantedError):
        act(*args, **told)


@pytest.mark.parametrize("how", DETAILS)
def test_buyer_receives_nothing_by_details_that_do_not_hold(world: World, how: str) -> None:
    order = issued(world)
    receipt = received(order)
    actor = narrowed(buyer_of(order), order, how)

    refused(received, order, actor=actor)
    refused(taken_back, receipt, actor=actor)
    assert visible_order(actor=actor, order_id=order.public_id) == order


@pytest.mark.parametrize("how", DETAILS)
def test_vendor_ships_and_claims_nothing_by_details_that_do_not_hold(
    world: World, how: str
) -> None:
    order = issued(world)
    notice, invoice = shipped(order), invoiced(order)
    actor, at = narrowed(seller_of(order), order, how), datetime.now(tz=UTC)
    draft = ShipmentDraft(purchase_order=order.public_id, lines=())
    told = {"shipment_id": notice.public_id, "precondition": ANY_REVISION}

    refused(announce_shipment, actor=actor, at=at, draft=draft)
    refused(withdraw_shipment, actor=actor, at=at, **told)
    refused(invoiced, order, actor=actor)
    refused(credited, invoice, actor=actor)


@pytest.mark.parametrize("how", DETAILS)
@pytest.mark.parametrize("act", DECISIONS)
def test_buyer_decides_on_no_invoice_by_details_that_do_not_hold(
    world: World, act: Callable[..., Invoice], how: str
) -> None:
    invoice = invoiced(ready(world))

    refused(act, **asked_of(invoice, narrowed(decider(world), invoice.order, how), reason="x"))


@pytest.mark.parametrize("how", DETAILS)
def test_no_difference_is_accepted_by_details_that_do_not_hold(world: World, how: str) -> None:
    invoice = disputed(world)
    exception = invoice.exceptions.first()
    assert exception is not None

    refused(resolved, exception, world, actor=narrowed(decider(world), invoice.order, how))


def test_actions_say_nothing_of_receipts(world: World) -> None:
    order = issued(world)
    actor = limited(buyer_of(order), entry(order.project, actions=["create"]))

    assert received(order, actor=actor).order_id == order.pk
