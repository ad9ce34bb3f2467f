"""Ways around the spend ledger that were found once."""

from datetime import datetime
from decimal import Decimal

import pytest

from apps.core.actor import Actor
from apps.procurement.errors import SpendLimitExceededError
from apps.procurement.models import PurchaseOrder, SpendReservation
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.services import (
    accept_change,
    approve_change,
    approve_invoice,
    close_order,
    issue_order,
    reject_invoice,
)
from tests.factories.fulfilment import received
from tests.factories.invoices import claimed, credited, decided, invoiced
from tests.factories.policies import policy, rate
from tests.factories.procurement import actor_for, asking, buyer_person, changed, proposed
from tests.factories.spending import account, require_balanced, submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db
D = Decimal
ELSEWHERE = {"name": "Depot", "country": "SE", "postcode": "11122", "city": "X", "street": "Y"}


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def running(erp: Actor, order: PurchaseOrder) -> PurchaseOrder:
    return issue_order(**asking(order, erp))


def test_another_callers_change_counts_what_the_order_costs_now(world: World, at: datetime) -> None:
    """What the first took of it, when it cost less, stays on the first's account only."""
    rate("EUR", "SEK", at.date(), "10")
    first, second, third = (actor_for(world.erp, world.office) for _ in range(3))
    limits = [
        policy(world.buyer, name=one.id, client_id=one.id, currency="SEK", cumulative_max=6000)
        for one in (first, third)
    ]
    acme, ann = actor_for(world.acme, world.office), buyer_person(world, "ann@nordwind.example")
    order = running(first, submitted(world, first, "1000", currency="SEK"))
    dearer = proposed(order, acme, changed(unit_price=D(5000)))
    approve_change(**asking(order, ann), change_id=dearer.public_id)
    accept_change(**asking(order, second), change_id=dearer.public_id)
    elsewhere = proposed(order, third, ChangeDraft(fields={"ship_to": ELSEWHERE}))
    if elsewhere.exceeds:
        approve_change(**asking(order, ann), change_id=elsewhere.public_id)
    accept_change(**asking(order, acme), change_id=elsewhere.public_id)

    found = [account(policy=one.policy) for one in limits]

    assert found == [(D(0), D(1000)), (D(0), D(5000))]
    with pytest.raises(SpendLimitExceededError):
        submitted(world, third, "1001", currency="SEK")
    require_balanced()


def test_invoice_rejected_after_closing_gives_back_what_it_kept(world: World, erp: Actor) -> None:
    version = policy(world.buyer, cumulative_max=1000)
    order = running(erp, submitted(world, erp, "1000"))
    invoice = invoiced(order, claimed("1", "1000"))
    close_order(**asking(order, erp))
    assert account(policy=version.policy) == (D(0), D(1000))

    decided(reject_invoice, invoice, world)

    assert account(policy=version.policy) == (D(0), D(0))
    assert submitted(world, erp, "1000").status == "approved"
    require_balanced()


def test_invoice_credited_after_closing_gives_back_what_it_kept(world: World, erp: Actor) -> None:
    version = policy(world.buyer, cumulative_max=1000)
    order = running(erp, submitted(world, erp, "1000"))
    invoice = invoiced(order, claimed("1", "1000"))
    close_order(**asking(order, erp))

    credited(invoice)

    assert account(policy=version.policy) == (D(0), D(0))
    require_balanced()


def test_what_was_received_stays_spent_though_its_invoice_is_credited(
    world: World, erp: Actor
) -> None:
    version = policy(world.buyer, cumulative_max=1000)
    order = running(erp, submitted(world, erp, "1000"))
    received(order, "1")
    invoice = invoiced(order, claimed("1", "1000"))
    decided(approve_invoice, invoice, world)
    order.refresh_from_db(fields=["status"])
    assert order.status == "closed"

    credited(invoice)

    assert account(policy=version.policy) == (D(0), D(1000))


def test_amount_too_small_for_the_limits_currency_counts_as_its_smallest_unit(
    world: World, erp: Actor, at: datetime
) -> None:
    rate("EUR", "IDR", at.date(), "17000")
    version = policy(world.buyer, cumulative_max=D("0.02"))

    submitted(world, erp, "84.99", currency="IDR")
    submitted(world, erp, "84.99", currency="IDR")

    assert account(policy=version.policy) == (D("0.02"), D(0))
    assert list(SpendReservation.objects.values_list("amount", flat=True)) == [D("0.01")] * 2
    with pytest.raises(SpendLimitExceededError):
        submitted(world, erp, "84.99", currency="IDR")


def test_order_that_costs_nothing_counts_as_nothing(world: World, erp: Actor, at: datetime) -> None:
    rate("EUR", "IDR", at.date(), "17000")
    version = policy(world.buyer, cumulative_max=100)

    submitted(world, erp, "0", currency="IDR")

    assert account(policy=version.policy) == (D(0), D(0))
