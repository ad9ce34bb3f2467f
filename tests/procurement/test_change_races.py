"""Decisions that begin at the same moment, on a real database and in their own transactions."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import DomainError
from apps.gateway.policy import Precondition, entity_tag
from apps.procurement.models import OrderChange, OrderRevision, PurchaseOrder, PurchaseOrderLine
from apps.procurement.services import (
    accept_change,
    cancel_order,
    refuse_change,
    withdraw_change,
)
from apps.procurement.states import ChangeStatus
from tests.factories.procurement import actor_for, answered, asking, changed, issued, proposed
from tests.factories.threads import at_once
from tests.factories.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(act: Callable[[], Any]) -> Callable[[], str]:
    """What the act does, or the code it is refused with."""

    def run() -> str:
        try:
            return str(act().status)
        except DomainError as error:
            return error.code

    return run


def deciding(service: Any, change: OrderChange, actor: Actor) -> Callable[[], str]:
    """With the tag that everybody has read."""
    tag = entity_tag(change.public_id, 1)
    asked = asking(change.order, actor, precondition=Precondition(tags=frozenset({tag})))
    return outcome(lambda: service(**asked, change_id=change.public_id))


def sides(world: World) -> tuple[Actor, Actor]:
    return actor_for(world.erp, world.office), actor_for(world.acme, world.office)


def test_two_acceptances_at_once_make_one_revision() -> None:
    world = make_world()
    erp, acme = sides(world)
    change = proposed(issued(world), acme)

    answers = at_once(*(deciding(accept_change, change, erp) for _ in range(4)))

    assert sorted(answers) == ["accepted", *["revision-stale"] * 3]
    order = PurchaseOrder.objects.get()
    assert (order.revision, order.lines.get().quantity) == (4, 100)
    assert OrderRevision.objects.count() == 4
    assert Event.objects.filter(action=Action.ORDER_CHANGED).count() == 1


@pytest.mark.parametrize("conditional", (False, True))
def test_acceptance_and_withdrawal_at_once_leave_one(*, conditional: bool) -> None:
    world = make_world()
    erp, acme = sides(world)
    order = issued(world)
    change = answered(order, acme, "CA").change if conditional else proposed(order, acme)

    answers = at_once(
        deciding(accept_change, change, erp),
        deciding(withdraw_change, change, acme),
        deciding(refuse_change, change, erp),
    )

    change.refresh_from_db()
    assert sorted(answers) == sorted([change.status, "revision-stale", "revision-stale"])
    order.refresh_from_db()
    made_revision = change.status == ChangeStatus.ACCEPTED
    assert (change.resulting_revision == order.revision) is made_revision


def test_both_sides_proposals_accepted_at_once_leave_one() -> None:
    world = make_world()
    erp, acme = sides(world)
    order = issued(world)
    theirs, ours = proposed(order, acme), proposed(order, erp, changed(quantity=Decimal(90)))

    answers = at_once(deciding(accept_change, theirs, erp), deciding(accept_change, ours, acme))

    assert sorted(answers) == ["accepted", "conflict"]
    order.refresh_from_db()
    assert order.revision == 4
    assert OrderChange.objects.get(status="accepted").resulting_revision == 4


def test_one_side_opens_one_proposal_at_once() -> None:
    world = make_world()
    _erp, acme = sides(world)
    order = issued(world)

    answers = at_once(*(outcome(lambda: proposed(order, acme)) for _ in range(4)))

    assert sorted(answers) == ["conflict", "conflict", "conflict", "proposed"]
    assert OrderChange.objects.count() == 1


def receive(order: PurchaseOrder) -> str:
    """What a receipt does: the order's row first, then the line; only on an order that runs."""
    with transaction.atomic():
        locked = PurchaseOrder.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.status != "issued":
            return "refused"
        PurchaseOrderLine.objects.filter(order=locked).update(quantity_received=1)
        return "received"


@pytest.mark.parametrize("_attempt", range(3))
def test_cancelling_and_receiving_at_once_leave_one(_attempt: int) -> None:
    world = make_world()
    erp, _acme = sides(world)
    order = issued(world)

    answers = at_once(
        outcome(lambda: cancel_order(**asking(order, erp, at=datetime.now(tz=UTC)))),
        lambda: receive(order),
    )

    order.refresh_from_db()
    received = bool(order.lines.get().quantity_received)
    assert set(answers) in ({"cancelled", "refused"}, {"invalid-transition", "received"})
    assert received is not (order.status == "cancelled")
