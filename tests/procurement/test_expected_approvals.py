"""Who would be asked to approve a change is told from the proposal on, and binds nobody."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from apps.core.actor import Actor
from apps.partners.models import Role
from apps.procurement.models import ApprovalStep, OrderChange, PurchaseOrder
from apps.procurement.policy.approvals import knows_approvers
from apps.procurement.services import approve_change
from apps.projects.models import BuyerEntity
from tests.factories.gateway import ORDERS, Caller
from tests.factories.oauth import access_token, machine
from tests.factories.policies import approval_rule
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_person,
    changed,
    issued,
    proposed,
    vendor_caller,
)
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def caller(world: World) -> Caller:
    new = machine(role=Role.VIEWER, scopes=["purchase_orders:read"], projects=[world.office])
    return Caller(access_token(new))


def approvals(caller: Caller, order: PurchaseOrder) -> dict[str, Any]:
    answer = caller.get(f"{ORDERS}/{order.public_id}/approvals")
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def dearer(world: World, actor: Actor | None = None) -> OrderChange:
    order = issued(world)
    proposer = actor or actor_for(world.acme, world.office)
    return proposed(order, proposer, changed(unit_price=Decimal(50)))


def test_steps_are_told_before_the_first_word_and_are_those_it_asks_for(
    world: World, caller: Caller
) -> None:
    rule = approval_rule(world.buyer, name="Large", amount_from=5000, min_approvers=2)
    approval_rule(world.buyer, name="Board", amount_from=6000, sequence=2)
    change = dearer(world)

    before = approvals(caller, change.order)
    made = ApprovalStep.objects.count()
    approve_change(
        **asking(change.order, buyer_person(world, "ann@nordwind.example")),
        change_id=change.public_id,
    )
    after = approvals(caller, change.order)

    assert (before["data"], made, after["expected"]) == ([], 0, [])
    assert before["expected"][0] == {
        "purchase_order": change.order.public_id,
        "change": change.public_id,
        "status": "expected",
        "sequence": 1,
        "approver_role": "approver_admin",
        "min_approvers": 2,
        "missing": 2,
        "why": "Large asks for approval from EUR 5,000.00 on.",
        "rule": rule.public_id,
    }
    same = ("change", "sequence", "approver_role", "min_approvers", "why", "rule")
    assert [[one[name] for name in same] for one in before["expected"]] == [
        [one[name] for name in same] for one in after["data"]
    ]


def test_an_administrator_is_expected_where_no_rule_asks(world: World, caller: Caller) -> None:
    change = dearer(world)

    [expected] = approvals(caller, change.order)["expected"]

    assert (expected["approver_role"], expected["missing"], expected["rule"]) == (
        "approver_admin",
        1,
        None,
    )


def test_change_within_the_approval_expects_nobody(world: World, caller: Caller) -> None:
    order = issued(world)
    proposed(order, actor_for(world.acme, world.office))

    assert approvals(caller, order)["expected"] == []


def test_what_cannot_be_told_says_why(world: World, caller: Caller) -> None:
    change = dearer(world)
    approval_rule(world.buyer, amount_from=5000)
    BuyerEntity.objects.filter(pk=world.buyer.pk).update(base_currency="SEK")

    [expected] = approvals(caller, change.order)["expected"]

    assert (expected["approver_role"], expected["missing"]) == (None, None)
    assert "rate" in expected["why"]


def test_both_sides_changes_are_told_of(world: World, caller: Caller) -> None:
    change = dearer(world)
    own = proposed(
        change.order, actor_for(world.erp, world.office), changed(unit_price=Decimal(60))
    )

    told = approvals(caller, change.order)["expected"]

    assert [one["change"] for one in told] == [change.public_id, own.public_id]


def test_vendor_is_told_nothing_of_it(world: World) -> None:
    change = dearer(world)

    answer = vendor_caller(world.acme).get(f"{ORDERS}/{change.order.public_id}/approvals")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("scopes", "partner_kind", "known"),
    (
        (set(), "", False),
        ({"purchase_orders:approve"}, "", True),
        ({"purchase_orders.cost:read"}, "", True),
        ({"purchase_orders:approve", "purchase_orders.cost:read"}, "vendor", False),
    ),
)
def test_whoever_may_approve_knows_who_has(
    scopes: set[str], partner_kind: str, *, known: bool
) -> None:
    actor = replace(SETUP, scopes=frozenset(scopes), partner_kind=partner_kind)

    assert knows_approvers(actor) == known
