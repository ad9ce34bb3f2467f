"""Changes that were proposed when more was allowed: a larger approval, a vendor that stood, a
project that was open.
"""

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.core.actor import Actor, ActorKind
from apps.core.errors import ConflictError
from apps.identity.models import StaffRole
from apps.partners.services import suspend_partner
from apps.procurement.errors import ProjectClosedError, VendorNotActiveError
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.policy.carrying_out import NO_MORE
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.services import (
    accept_change,
    approve_change,
    approve_order,
    issue_order,
    refuse_change,
)
from tests.factories.acts import do
from tests.factories.identity import staff_browser
from tests.factories.policies import approval_rule
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_person,
    changed,
    issued,
    proposed,
)
from tests.factories.spending import submitted
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
D = Decimal


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


@pytest.fixture
def acme(world: World) -> Actor:
    return actor_for(world.acme, world.office)


def person_named(world: World, name: str) -> Actor:
    return buyer_person(world, f"{name}@nordwind.example")


def priced(order: PurchaseOrder, actor: Actor, amount: str) -> OrderChange:
    return proposed(order, actor, changed(unit_price=D(amount)))


def approve(change: OrderChange, actor: Actor) -> OrderChange:
    return approve_change(**asking(change.order, actor), change_id=change.public_id)


def accept(change: OrderChange, actor: Actor) -> OrderChange:
    return accept_change(**asking(change.order, actor), change_id=change.public_id)


def at_gate(postcode: str) -> dict[str, Any]:
    return {
        "name": "Gate", "lines": ["Dock 1"], "city": "Oslo", "country": "NO", "postcode": postcode,
    }  # fmt: skip


def approved_for_less(world: World, erp: Actor, acme: Actor) -> tuple[PurchaseOrder, OrderChange]:
    """An order of 1,000 that was lowered to 10, which is what is approved of it by now, and a
    proposal to raise it again from between the two approvals.
    """
    approval_rule(world.buyer, amount_from=1000, min_approvers=2)
    order = submitted(world, erp, "1000", ship_to=at_gate("0001"))
    for name in ("ann", "ben"):
        approve_order(**asking(order, person_named(world, name)))
    order = issue_order(**asking(order, erp))
    accept(priced(order, erp, "10"), acme)
    again = priced(order, acme, "1000")
    for postcode in ("0002", "0001"):
        moved = proposed(order, erp, ChangeDraft(fields={"ship_to": at_gate(postcode)}))
        accept(approve(moved, person_named(world, "ann")), acme)
    return order, again


def test_change_within_an_approval_that_became_smaller_is_not_accepted(
    world: World, erp: Actor, acme: Actor
) -> None:
    order, again = approved_for_less(world, erp, acme)
    assert again.exceeds == []

    with pytest.raises(ConflictError) as caught:
        accept(again, erp)

    order.refresh_from_db()
    assert order.tax_exclusive == 10
    assert caught.value.private == {"exceeds": ["amount"]}


def test_vendor_who_accepts_it_is_told_nothing_of_the_approval(
    world: World, erp: Actor, acme: Actor
) -> None:
    order, theirs = approved_for_less(world, erp, acme)
    refuse_change(**asking(order, erp), change_id=theirs.public_id)
    ours = priced(order, erp, "1000")
    OrderChange.objects.filter(pk=ours.pk).update(exceeds=[])

    with pytest.raises(ConflictError) as caught:
        accept(ours, acme)

    assert (str(caught.value), caught.value.extra) == (NO_MORE, {})
    assert caught.value.private == {"exceeds": ["amount"]}


def test_it_can_be_refused_and_proposed_anew(world: World, erp: Actor, acme: Actor) -> None:
    order, again = approved_for_less(world, erp, acme)

    refuse_change(**asking(order, erp), change_id=again.public_id)

    assert priced(order, acme, "1000").exceeds == ["amount"]


@pytest.mark.parametrize(("price", "is_refused"), (("900000", True), ("101", True), ("99", False)))
def test_more_of_a_vendor_that_was_suspended_since_is_not_accepted(
    world: World, erp: Actor, acme: Actor, price: str, *, is_refused: bool
) -> None:
    order = issue_order(**asking(submitted(world, erp, "100"), erp))
    change = priced(order, acme, price)
    if change.exceeds:
        approve(change, person_named(world, "ann"))
    suspend_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.acme, reason="Fraud")

    if is_refused:
        with pytest.raises(VendorNotActiveError):
            accept(change, person_named(world, "ben"))
    else:
        assert accept(change, person_named(world, "ben")).status == "accepted"


def test_fewer_dearer_pieces_of_a_suspended_vendor_are_not_accepted(
    world: World, acme: Actor
) -> None:
    """It costs less, and goes beyond the approval."""
    order = issued(world)
    change = proposed(order, acme, changed(quantity=D(10), unit_price=D(5)))
    approve(change, person_named(world, "ann"))
    suspend_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.acme, reason="Fraud")

    with pytest.raises(VendorNotActiveError):
        accept(change, person_named(world, "ben"))


@pytest.mark.parametrize("status", ("on_hold", "closed"))
def test_staff_approve_no_change_in_a_project_that_is_not_open(
    world: World, erp: Actor, acme: Actor, status: str
) -> None:
    order = issue_order(**asking(submitted(world, erp, "100"), erp))
    change, ann = priced(order, acme, "900000"), person_named(world, "ann")
    world.office.status = status
    world.office.save()
    none: frozenset[Any] = frozenset()
    staff = dataclasses.replace(ann, kind=ActorKind.STAFF, project_ids=none, open_projects=none)

    with pytest.raises(ProjectClosedError):
        approve(change, staff)

    assert refuse_change(**asking(order, staff), change_id=change.public_id).status == "refused"


def test_admin_approves_no_change_in_a_closed_project(world: World, acme: Actor) -> None:
    change = priced(issued(world), acme, "900")
    world.office.status = "closed"
    world.office.save()

    do(staff_browser(StaffRole("administrator")), change, "approve")

    change.refresh_from_db()
    assert change.approved_at is None
