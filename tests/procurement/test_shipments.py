"""Ship notices: what a vendor may tell, and when it may take it back."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.errors import (
    ForbiddenError,
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.gateway.errors import RevisionStaleError
from apps.gateway.policy import Precondition, entity_tag
from apps.procurement.errors import OrderOnHoldError, UnitNotAllowedError
from apps.procurement.models import PurchaseOrder, ShipmentLine, ShipmentNotice
from apps.procurement.policy.shipments import ShipmentDraft, ShippedLine
from apps.procurement.services import (
    announce_shipment,
    close_order,
    hold_order,
    withdraw_shipment,
)
from tests.factories.fulfilment import counted, received, shipped, taken_back
from tests.factories.gateway import ANY_REVISION
from tests.factories.procurement import actor_for, asking, drafted, issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return issued(world)


def withdrawn(shipment: ShipmentNotice, actor: Any = None, **asked: Any) -> ShipmentNotice:
    told = {"precondition": ANY_REVISION, "reason": "Broke down", **asked}
    return withdraw_shipment(
        actor=actor or actor_for(shipment.vendor, shipment.project),
        at=datetime.now(tz=UTC),
        shipment_id=shipment.public_id,
        **told,
    )


def line(**said: Any) -> ShippedLine:
    return ShippedLine(**{"line_no": 1, "quantity": Decimal(20), **said})


def test_notice_leaves_the_order_as_it_is(order: PurchaseOrder) -> None:
    before = order.revision

    shipment = shipped(order, lines=(line(packages=2, package_unit="XBX", lots=["44"]),))

    order.refresh_from_db()
    assert (order.revision, order.receipt_status, counted(order)) == (before, "none", (0, 0))
    assert (shipment.status, shipment.revision) == ("announced", 1)
    assert shipment.number == f"SHP-{shipment.created_at.year}-000001"
    row = shipment.lines.get()
    assert (row.quantity, row.packages, row.package_unit, row.lots) == (20, 2, "XBX", ["44"])
    event = Event.objects.get(action=Action.SHIPMENT_CREATED)
    assert (event.subject_id, event.session_id) == (
        shipment.public_id,
        shipment.created_by_session_id,
    )
    assert event.data["lines"] == [{"line_no": 1, "quantity": "20"}]


def test_notice_may_tell_of_more_than_was_ordered(order: PurchaseOrder) -> None:
    assert shipped(order, "121").status == "announced"


@pytest.mark.parametrize(
    ("said", "fault"),
    (
        ({"quantity": Decimal(0)}, ("/lines/0/quantity", "not-positive")),
        ({"line_no": 9}, ("/lines/0/line_no", "not-found")),
        ({"serials": ["1", "1"]}, ("/lines/0/serials", "duplicate")),
        ({"lots": ["a", "a"]}, ("/lines/0/lots", "duplicate")),
        ({"quantity": Decimal(1), "serials": ["1", "2"]}, ("/lines/0/serials", "too-many")),
        ({"packages": 1}, ("/lines/0/package_unit", "required")),
    ),
)
def test_notice_that_makes_no_sense_is_refused(
    order: PurchaseOrder, said: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        shipped(order, lines=(line(**said),))

    assert [(found.pointer, found.code) for found in refused.value.errors] == [fault]


@pytest.mark.parametrize("said", ({"quantity": Decimal("1.5")}, {"package_unit": "KGM"}))
def test_notice_with_a_unit_that_does_not_fit_is_refused(
    order: PurchaseOrder, said: dict[str, Any]
) -> None:
    with pytest.raises(UnitNotAllowedError):
        shipped(order, lines=(line(**said),))


def test_goods_are_announced_by_the_orders_vendor_only(world: World, order: PurchaseOrder) -> None:
    draft = ShipmentDraft(purchase_order=order.public_id, lines=(line(),))
    refusals = ((world.erp, ForbiddenError), (world.globex, NotFoundError))

    for company, refusal in refusals:
        with pytest.raises(refusal):
            announce_shipment(
                actor=actor_for(company, world.office), at=datetime.now(tz=UTC), draft=draft
            )

    assert not ShipmentNotice.objects.exists()


def test_nothing_is_announced_on_an_order_that_does_not_run(
    world: World, order: PurchaseOrder
) -> None:
    erp = actor_for(world.erp, world.office)
    with pytest.raises(NotFoundError):
        shipped(drafted(world, erp))
    held = issued(world)
    hold_order(**asking(held, erp))
    with pytest.raises(OrderOnHoldError):
        shipped(held)
    close_order(**asking(order, erp))

    with pytest.raises(InvalidTransitionError) as refused:
        shipped(order)

    assert refused.value.extra == {"from": "closed", "to": "shipped", "allowed": []}


def test_notice_is_withdrawn_once_by_its_vendor(world: World, order: PurchaseOrder) -> None:
    shipment = shipped(order)
    refusals = ((world.erp, ForbiddenError), (world.globex, NotFoundError))
    for company, refusal in refusals:
        with pytest.raises(refusal):
            withdrawn(shipment, actor_for(company, world.office))

    done = withdrawn(shipment)

    assert (done.status, done.revision, done.withdrawal_reason) == ("withdrawn", 2, "Broke down")
    assert Event.objects.filter(action=Action.SHIPMENT_WITHDRAWN).count() == 1
    with pytest.raises(InvalidTransitionError):
        withdrawn(shipment)
    stale = Precondition(tags=frozenset({entity_tag(shipment.public_id, 1)}))
    with pytest.raises(RevisionStaleError):
        withdrawn(shipment, precondition=stale)
    with pytest.raises(ValidationFailedError):
        received(order, shipment=shipment.public_id)


def test_notice_stays_while_a_receipt_stands_against_it(order: PurchaseOrder) -> None:
    shipment = shipped(order)
    receipt = received(order, shipment=shipment.public_id)
    with pytest.raises(InvalidTransitionError) as refused:
        withdrawn(shipment)
    assert refused.value.extra["from"] == "received"

    taken_back(receipt)

    assert withdrawn(shipment).status == "withdrawn"


def test_lines_of_a_notice_are_written_once(order: PurchaseOrder) -> None:
    shipped(order)

    with pytest.raises(DatabaseError), transaction.atomic():
        ShipmentLine.objects.update(quantity=1)
