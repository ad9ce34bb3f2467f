"""A move that is not possible says what to do first."""

from collections.abc import Callable

import pytest

from apps.core.errors import InvalidTransitionError
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.services import hold_order, issue_order, release_order, submit_order
from tests.factories.procurement import actor_for, answered, asking, drafted, issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db
WAITS = (
    "An order that is pending_approval cannot become approved. "
    "It was submitted and waits for approval."
)
Service = Callable[..., PurchaseOrder]


@pytest.mark.parametrize(
    ("status", "service", "told"),
    (
        ("draft", issue_order, "An order that is draft cannot become issued. Submit it first."),
        ("approved", submit_order, "The order is approved already."),
        ("pending_approval", submit_order, WAITS),
    ),
)
def test_buyer_is_told_what_comes_first(
    world: World, status: str, service: Service, told: str
) -> None:
    order = drafted(world)
    PurchaseOrder.objects.filter(pk=order.pk).update(status=status)

    with pytest.raises(InvalidTransitionError) as refused:
        service(**asking(order, actor_for(world.erp, world.office)))

    assert refused.value.detail == told


def test_vendor_is_told_which_change_to_withdraw(world: World) -> None:
    order, acme = issued(world), actor_for(world.acme, world.office)
    answered(order, acme, "CA")

    with pytest.raises(InvalidTransitionError) as refused:
        answered(order, acme, "AP")

    mine = OrderChange.objects.get().public_id
    assert refused.value.detail == f"You asked for changes. Withdraw {mine} first, then answer."


def test_release_tells_whose_hold_is_on_the_order(world: World) -> None:
    order = issued(world)
    hold_order(**asking(order, actor_for(world.acme, world.office)))

    with pytest.raises(InvalidTransitionError) as refused:
        release_order(**asking(order, actor_for(world.erp, world.office)))

    assert refused.value.detail == "There is no buyer_hold on the order. On it is vendor_hold."
