"""What waits for somebody's approval is told by the rules that the approval itself goes by."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.actor import Actor, ActorKind
from apps.core.errors import DomainError
from apps.partners.models import Role
from apps.procurement.models import PurchaseOrder
from apps.procurement.services import approve_change, approve_order, issue_order
from apps.procurement.services.whose_turn import (
    changes_to_approve_by,
    orders_to_approve_by,
    why_orders_wait,
)
from apps.projects.models import Project
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
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def now() -> datetime:
    return datetime.now(tz=UTC)


def approver(world: World, name: str, **fields: Any) -> Actor:
    return buyer_person(world, f"{name}@nordwind.example", **fields)


def callers(world: World) -> list[Actor]:
    """Who may, and everybody who may not: another role, a program, a vendor, a colleague whom the
    project is not open to.
    """
    staff = approver(world, "staff", kind=ActorKind.STAFF)
    return [
        approver(world, "ann"),
        approver(world, "ed", role=Role.EDITOR),
        approver(world, "away", open_projects=frozenset()),
        staff,
        dataclasses.replace(approver(world, "officer", kind=ActorKind.STAFF), role=Role.EDITOR),
        actor_for(world.erp, world.office),
        actor_for(world.acme, world.office),
    ]


def succeeds_in(act: Callable[..., object], **asked: Any) -> bool:
    """Tried, and taken back."""
    try:
        with transaction.atomic():
            act(**asked)
            transaction.set_rollback(True)
    except DomainError:
        return False
    return True


def test_orders_told_are_those_that_may_be_approved(world: World) -> None:
    approval_rule(world.buyer, amount_from=0, min_approvers=2)
    approval_rule(world.buyer, amount_from=0, sequence=2)
    ann, ben = approver(world, "ann"), approver(world, "ben")
    by_ann, fresh, begun = (
        submitted(world, actor, "100")
        for actor in (ann, actor_for(world.erp, world.office), actor_for(world.erp, world.office))
    )
    approve_order(**asking(begun, ben))

    told, may = {}, {}
    for actor in [*callers(world), ann, ben]:
        told[actor.label, actor.kind] = set(orders_to_approve_by(actor, at=now()))
        may[actor.label, actor.kind] = {
            order
            for order in (by_ann, fresh, begun)
            if succeeds_in(approve_order, **asking(order, actor))
        }

    assert told == may
    assert told["ann@nordwind.example", ActorKind.USER] == {fresh, begun}
    assert told["ben@nordwind.example", ActorKind.USER] == {by_ann, fresh}
    assert told["officer@nordwind.example", ActorKind.STAFF] == set()


def test_changes_told_are_those_that_may_be_approved(world: World) -> None:
    approval_rule(world.buyer, amount_from=5000, min_approvers=2)
    ann = approver(world, "ann")
    dear = changed(unit_price=Decimal(50))
    fresh, begun = (
        proposed(issued(world), actor_for(world.acme, world.office), dear) for _ in range(2)
    )
    by_ann = proposed(issued(world), ann, dear)
    ben = approver(world, "ben")
    approve_change(**asking(begun.order, ben), change_id=begun.public_id)

    told, may = {}, {}
    for actor in [*callers(world), ann, ben]:
        told[actor.label, actor.kind] = set(changes_to_approve_by(actor, at=now()))
        may[actor.label, actor.kind] = {
            change
            for change in (fresh, begun, by_ann)
            if succeeds_in(
                approve_change, **asking(change.order, actor), change_id=change.public_id
            )
        }

    assert told == may
    assert told["ann@nordwind.example", ActorKind.USER] == {fresh, begun}
    assert told["ben@nordwind.example", ActorKind.USER] == {fresh, by_ann}


def test_staff_approve_nothing_in_a_project_that_is_not_open(world: World) -> None:
    approval_rule(world.buyer, amount_from=0)
    order = submitted(world, actor_for(world.erp, world.office), "100")
    Project.objects.filter(pk=world.office.pk).update(status="on_hold")
    staff = approver(world, "staff", kind=ActorKind.STAFF)

    assert why_orders_wait([order], staff, at=now()) == {
        order.pk: "The order's project is not open any more."
    }
    assert not succeeds_in(approve_order, **asking(order, staff))


def test_many_take_as_many_statements_as_one(world: World) -> None:
    approval_rule(world.buyer, amount_from=0, min_approvers=2)
    staff, dear = approver(world, "staff", kind=ActorKind.STAFF), changed(unit_price=Decimal(50))

    def statements() -> tuple[int, int, int]:
        with CaptureQueriesContext(connection) as orders:
            waiting = len(orders_to_approve_by(staff, at=now()))
        with CaptureQueriesContext(connection) as changes:
            proposals = len(changes_to_approve_by(staff, at=now()))
        return len(orders) + len(changes), waiting, proposals

    found = []
    for _ in range(2):
        waits = submitted(world, actor_for(world.erp, world.office), "100")
        approve_order(**asking(waits, approver(world, "ann")))
        running = issued_by_two(world)
        change = proposed(running, actor_for(world.acme, world.office), dear)
        approve_change(**asking(running, approver(world, "ann")), change_id=change.public_id)
        found.append(statements())

    assert found == [(14, 1, 1), (14, 2, 2)]


def issued_by_two(world: World) -> PurchaseOrder:
    buyer = actor_for(world.erp, world.office)
    order = submitted(world, buyer, "4.25")
    for name in ("ann", "ben"):
        approve_order(**asking(order, approver(world, name)))
    return issue_order(**asking(order, buyer))
