"""Goods that are counted at the same moment, on a real database and in their own transactions."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.errors import DomainError
from apps.procurement.models import PurchaseOrder, Receipt
from apps.procurement.services import cancel_order, withdraw_shipment
from tests.factories.fulfilment import came, counted, received, shipped, taken_back
from tests.factories.gateway import ANY_REVISION
from tests.factories.procurement import actor_for, asking, issued, line_draft
from tests.factories.threads import at_once
from tests.factories.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 20


def outcome(act: Callable[[], Any]) -> Callable[[], str]:
    """What the act leaves, or the code it is refused with."""

    def run() -> str:
        try:
            return str(act().status)
        except DomainError as error:
            return error.code

    return run


def ordered(world: World, *, lines: int = 1) -> PurchaseOrder:
    """One hundred kilograms a line."""
    drafts = [
        line_draft(line_no=number, uom="KGM", quantity=Decimal(100))
        for number in range(1, lines + 1)
    ]
    return issued(world, lines=tuple(drafts))


def test_twenty_receipts_at_once_reach_the_exact_quantity() -> None:
    world = make_world()
    order, erp = ordered(world), actor_for(world.erp, world.office)

    answers = at_once(*[outcome(lambda: received(order, "5", actor=erp))] * CALLERS)

    assert Counter(answers) == {"posted": CALLERS}
    assert counted(order) == (100, 100)
    order.refresh_from_db()
    assert (order.receipt_status, order.revision) == ("full", 3 + CALLERS)
    numbers = sorted(
        int(number[-6:]) for number in Receipt.objects.values_list("number", flat=True)
    )
    assert numbers == list(range(1, CALLERS + 1))
    assert outcome(lambda: received(order, "0.001", actor=erp))() == "over-receipt"


def test_receipts_at_once_beyond_the_quantity_stop_at_it() -> None:
    world = make_world()
    order, erp = ordered(world), actor_for(world.erp, world.office)

    answers = at_once(*[outcome(lambda: received(order, "30", actor=erp))] * 8)

    assert Counter(answers) == {"posted": 3, "over-receipt": 5}
    assert counted(order) == (90, 90)
    assert Event.objects.filter(action=Action.RECEIPT_POSTED).count() == 3


def test_receipts_naming_lines_in_opposite_order_do_not_wait_in_a_circle() -> None:
    world = make_world()
    order, erp = ordered(world, lines=2), actor_for(world.erp, world.office)
    there = (came("10"), came("10", line_no=2))
    acts = [
        outcome(lambda lines=lines: received(order, lines=lines, actor=erp))  # type: ignore[misc]  # a default binds it now
        for lines in (there, there[::-1]) * 4
    ]

    assert Counter(at_once(*acts)) == {"posted": 8}
    assert counted(order) == (80, 80)


@pytest.mark.parametrize("_attempt", range(2))
def test_one_receipt_is_reversed_once_at_once(_attempt: int) -> None:
    world = make_world()
    order, erp = ordered(world), actor_for(world.erp, world.office)
    receipt = received(order, "40", actor=erp)

    answers = at_once(*[outcome(lambda: taken_back(receipt, actor=erp))] * 4)

    assert Counter(answers) == {"reversal": 1, "invalid-transition": 3}
    assert counted(order) == (0, 0)
    assert Receipt.objects.count() == 2


def test_cancelling_and_receiving_at_once_leave_one() -> None:
    world = make_world()
    order, erp = ordered(world), actor_for(world.erp, world.office)

    answers = at_once(
        outcome(lambda: cancel_order(**asking(order, erp))),
        outcome(lambda: received(order, actor=erp)),
    )

    assert sorted(answers) in (
        ["cancelled", "invalid-transition"], ["invalid-transition", "posted"],
    )  # fmt: skip
    order.refresh_from_db()
    assert (order.status == "cancelled") is (counted(order) == (0, 0))


def test_withdrawing_and_receiving_a_shipment_at_once_leave_one() -> None:
    world = make_world()
    order, erp = ordered(world), actor_for(world.erp, world.office)
    acme, shipment = actor_for(world.acme, world.office), shipped(order)

    answers = at_once(
        outcome(
            lambda: withdraw_shipment(
                actor=acme,
                at=datetime.now(tz=UTC),
                shipment_id=shipment.public_id,
                precondition=ANY_REVISION,
            )
        ),
        outcome(lambda: received(order, actor=erp, shipment=shipment.public_id)),
    )

    assert sorted(answers) in (
        ["validation-error", "withdrawn"], ["invalid-transition", "posted"],
    )  # fmt: skip
    shipment.refresh_from_db()
    assert (shipment.status == "announced") is Receipt.objects.exists()
