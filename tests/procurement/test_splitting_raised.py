"""Orders that may be raised without a further word, or are raised late, count for what they may
cost.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.core.actor import Actor
from apps.core.errors import ConflictError
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.services import (
    accept_change,
    approve_change,
    approve_order,
    issue_order,
)
from tests.factories.policies import approval_rule
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_person,
    changed,
    proposed,
)
from tests.factories.spending import submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


@pytest.fixture
def acme(world: World) -> Actor:
    return actor_for(world.acme, world.office)


@pytest.fixture(autouse=True)
def two_from_a_thousand(world: World) -> None:
    approval_rule(world.buyer, amount_from=1000, min_approvers=2)


def person_named(world: World, name: str) -> Actor:
    return buyer_person(world, f"{name}@nordwind.example")


def priced(order: PurchaseOrder, actor: Actor, amount: str) -> OrderChange:
    return proposed(order, actor, changed(unit_price=Decimal(amount)))


def approve(change: OrderChange, actor: Actor, **asked: Any) -> OrderChange:
    return approve_change(**asking(change.order, actor, **asked), change_id=change.public_id)


def accept(change: OrderChange, actor: Actor, **asked: Any) -> OrderChange:
    return accept_change(**asking(change.order, actor, **asked), change_id=change.public_id)


def running(world: World, erp: Actor, amount: str, **said: Any) -> PurchaseOrder:
    order = submitted(world, erp, amount, **said)
    for name in ("ann", "ben") if order.status == "pending_approval" else ():
        approve_order(**asking(order, person_named(world, name)))
    return issue_order(**asking(order, erp))


@pytest.mark.parametrize(("amount", "status"), (("1", "pending_approval"), ("0.99", "approved")))
def test_order_that_was_lowered_counts_for_what_it_may_be_raised_to_again(
    world: World, erp: Actor, acme: Actor, amount: str, status: str
) -> None:
    order = running(world, erp, "999")
    accept(priced(order, erp, "0.5"), acme)

    second = submitted(world, erp, amount)

    assert (priced(order, erp, "999").exceeds, second.status) == ([], status)


def test_order_that_waits_for_nobody_counts_what_was_approved_before_it_was_lowered(
    world: World, erp: Actor, acme: Actor
) -> None:
    """1,000 by two words, lowered to 1: 998 more is not ordered for these two."""
    order = running(world, erp, "1000")
    accept(priced(order, erp, "1"), acme)

    assert submitted(world, erp, "998").status == "pending_approval"


def test_order_that_was_lowered_counts_in_the_categories_it_was_approved_in(
    world: World, erp: Actor, acme: Actor
) -> None:
    """Its lines keep theirs; none is added without a word."""
    approval_rule(world.buyer, amount_from=500, category="43")
    order = running(world, erp, "499", category="43")
    accept(priced(order, erp, "1"), acme)

    assert submitted(world, erp, "1", category="43").status == "pending_approval"


def test_lower_approval_counts_once_it_is_given(world: World, erp: Actor, acme: Actor) -> None:
    """A change beyond the approval was approved, with the lower price: that is what it may cost."""
    order = running(world, erp, "999")
    accept(priced(order, erp, "1"), acme)
    moved = proposed(order, erp, ChangeDraft(fields={"ship_to": {"country": "NO", "city": "Oslo"}}))
    accept(approve(moved, person_named(world, "ann")), acme)

    assert submitted(world, erp, "998").status == "approved"


def test_two_orders_that_are_both_raised_need_the_words_for_both(
    world: World, erp: Actor, acme: Actor
) -> None:
    changes = [priced(running(world, erp, "1"), erp, "900") for _ in range(2)]
    ann, ben = person_named(world, "ann"), person_named(world, "ben")

    first = [approve(change, ann).approved_at for change in changes]
    second = [approve(change, ben).approved_at is not None for change in changes]

    assert (first, second) == ([None, None], [True, True])
    assert [accept(change, acme).status for change in changes] == ["accepted", "accepted"]


@pytest.mark.parametrize("side", ("buyer", "vendor"))
def test_change_that_is_accepted_late_is_refused_with_orders_of_since(
    world: World, erp: Actor, acme: Actor, at: datetime, side: str
) -> None:
    order = running(world, erp, "1")
    PurchaseOrder.objects.filter(pk=order.pk).update(submitted_at=at - 8 * DAY)
    change = priced(order, acme if side == "buyer" else erp, "999")
    approve(change, person_named(world, "ann"))
    assert submitted(world, erp, "998").status == "approved"

    with pytest.raises(ConflictError) as caught:
        accept(change, erp if side == "buyer" else acme)

    told = caught.value.extra.get("approvals", [])
    assert [step["min_approvers"] for step in told] == ([2] if side == "buyer" else [])
    assert "EUR 1,997.00" in str(caught.value.private)


def test_change_that_orders_of_since_have_counted_is_accepted(
    world: World, erp: Actor, acme: Actor
) -> None:
    """Their approvers were told of it."""
    change = approve(priced(running(world, erp, "1"), erp, "999"), person_named(world, "ann"))
    assert submitted(world, erp, "998").status == "pending_approval"

    assert accept(change, acme).status == "accepted"
