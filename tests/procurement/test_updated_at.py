"""Lists of what is written more than once are followed by when it was last (docs/api.md)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.procurement.models import MatchException, OrderChange
from apps.procurement.services import (
    approve_change,
    match_invoice,
    refuse_change,
    reject_invoice,
    withdraw_shipment,
)
from tests.factories.fulfilment import SHIPMENTS, received, shipped
from tests.factories.gateway import ANY_REVISION, ORDERS, Caller
from tests.factories.invoices import INVOICES, asked_of, decided, decider, invoiced, resolved
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_caller,
    buyer_person,
    changed,
    issued,
    proposed,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
SCOPES = ("purchase_orders:read", "shipments:read", "invoices:read")


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world, *SCOPES)


@pytest.fixture
def later() -> datetime:
    return datetime.now(tz=UTC).replace(microsecond=0) + timedelta(hours=1)


def followed(erp: Caller, path: str, since: datetime) -> list[str]:
    """Who follows by time gets these, in the order they were written."""
    query = {"filter[updated_at][gte]": since.isoformat(), "sort": "updated_at"}
    found = erp.get(path, **query).json()
    times = [one["updated_at"] for one in found["data"]]
    assert times == sorted(times)
    return [one["id"] for one in found["data"]]


def written(row: Any) -> datetime:
    row.refresh_from_db()
    at: datetime = row.updated_at
    return at


def test_withdrawn_shipment_is_followed(world: World, erp: Caller, later: datetime) -> None:
    order = issued(world)
    first, second = shipped(order, "1"), shipped(order, "2")

    withdraw_shipment(
        actor=actor_for(world.acme, world.office),
        at=later,
        shipment_id=first.public_id,
        precondition=ANY_REVISION,
    )

    assert followed(erp, SHIPMENTS, later) == [first.public_id]
    assert erp.get(SHIPMENTS, sort="-updated_at").json()["data"][1]["id"] == second.public_id


def test_decided_change_is_followed(world: World, erp: Caller, later: datetime) -> None:
    order, acme = issued(world), actor_for(world.acme, world.office)
    change = proposed(order, acme)
    path = f"{ORDERS}/{order.public_id}/changes"
    before = followed(erp, path, later)

    refuse_change(
        **asking(order, actor_for(world.erp, world.office), at=later), change_id=change.public_id
    )

    assert (before, followed(erp, path, later)) == ([], [change.public_id])
    assert OrderChange.objects.get().updated_at == later


def test_change_that_somebody_approved_is_followed_by_its_vendor(
    world: World, later: datetime
) -> None:
    """Until then a vendor does not see it, so it must not lie behind what it has read."""
    order = issued(world)
    change = proposed(order, actor_for(world.erp, world.office), changed(quantity=Decimal(121)))

    approve_change(
        **asking(order, buyer_person(world, "ann@nordwind.example"), at=later),
        change_id=change.public_id,
    )

    assert written(change) == later


def test_resolved_exception_is_followed(world: World, erp: Caller, later: datetime) -> None:
    invoice = invoiced(issued(world))
    exception = MatchException.objects.get(invoice=invoice)
    path = f"{INVOICES}/{invoice.public_id}/exceptions"
    before = followed(erp, path, later)

    resolved(exception, world, at=later)

    assert (before, followed(erp, path, later)) == ([], [exception.public_id])


@pytest.mark.parametrize("came", ("5", "120"))
def test_difference_that_is_another_now_or_gone_is_followed(
    world: World, later: datetime, came: str
) -> None:
    order = issued(world)
    invoice = invoiced(order)
    exception = MatchException.objects.get(invoice=invoice)
    received(order, came)
    MatchException.objects.update(resolution="", resolved_at=None, expected="0")

    match_invoice(**asked_of(invoice, decider(world), at=later))

    assert written(exception) == later


def test_difference_that_ends_with_its_invoice_is_followed(world: World, later: datetime) -> None:
    invoice = invoiced(issued(world))
    exception = MatchException.objects.get(invoice=invoice)

    decided(reject_invoice, invoice, world, at=later)

    assert written(exception) == later
