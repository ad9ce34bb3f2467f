"""Words of people who are gone by the time the last one is given do not count."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from apps.core.actor import Actor
from apps.identity.models import User
from apps.partners.models import Role
from apps.procurement.models import Approval, ApprovalStep
from apps.procurement.services import (
    approve_change,
    approve_order,
    issue_order,
    reject_order,
    submit_order,
)
from apps.projects.models import ProjectMember
from tests.factories.policies import approval_rule
from tests.factories.procurement import actor_for, asking, buyer_person, changed, proposed
from tests.factories.spending import submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def named(world: World, name: str, role: Role = Role.APPROVER_ADMIN) -> Actor:
    return buyer_person(world, f"{name}@nordwind.example", role)


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def demote(user: User) -> None:
    user.groups.set(Group.objects.filter(name="procurement_manager"))


def take_out(user: User) -> None:
    ProjectMember.objects.filter(user=user).delete()


def end_membership(user: User) -> None:
    ProjectMember.objects.filter(user=user).update(
        valid_until=datetime.now(tz=UTC) - timedelta(seconds=1)
    )


GONE = (deactivate, demote, take_out, end_membership)


@pytest.mark.parametrize("leave", GONE)
def test_order_waits_for_somebody_else(
    world: World, erp: Actor, leave: Callable[[User], None]
) -> None:
    approval_rule(world.buyer, amount_from=1000, min_approvers=2)
    order, ann = submitted(world, erp, "1000"), named(world, "ann")
    approve_order(**asking(order, ann))
    leave(User.objects.get(pk=ann.user_id))

    second = approve_order(**asking(order, named(world, "ben"))).status
    third = approve_order(**asking(order, named(world, "cat"))).status

    assert (second, third) == ("pending_approval", "approved")
    assert Approval.objects.filter(order=order).count() == 3


@pytest.mark.parametrize("leave", GONE)
def test_change_waits_for_somebody_else(
    world: World, erp: Actor, leave: Callable[[User], None]
) -> None:
    approval_rule(world.buyer, amount_from=1000, min_approvers=2)
    order = issue_order(**asking(submitted(world, erp, "100"), erp))
    change, ann = proposed(order, erp, changed(unit_price=Decimal(1000))), named(world, "ann")
    said = {"change_id": change.public_id}
    approve_change(**asking(order, ann), **said)
    leave(User.objects.get(pk=ann.user_id))

    second = approve_change(**asking(order, named(world, "ben")), **said).approved_at
    third = approve_change(**asking(order, named(world, "cat")), **said).approved_at

    assert (second, third is not None) == (None, True)


def test_approver_of_the_project_alone_counts_as_long_as_they_are(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, min_approvers=2)
    order, ed = submitted(world, erp, "100"), named(world, "ed", Role.EDITOR)
    ProjectMember.objects.filter(user=ed.user_id).update(role=Role.APPROVER_ADMIN)
    approve_order(**asking(order, ed))

    assert approve_order(**asking(order, named(world, "ann"))).status == "approved"


@pytest.mark.parametrize("leave", GONE)
def test_order_is_asked_again_of_a_step_that_was_filled(
    world: World, erp: Actor, leave: Callable[[User], None]
) -> None:
    approval_rule(world.buyer)
    approval_rule(world.buyer, sequence=2)
    order, ann = submitted(world, erp, "100"), named(world, "ann")
    approve_order(**asking(order, ann))
    leave(User.objects.get(pk=ann.user_id))

    last = approve_order(**asking(order, named(world, "ben")))
    asked = ApprovalStep.objects.filter(order=order, ended_at__isnull=True)
    again = [(step.sequence, step.approver_role) for step in asked]
    third = approve_order(**asking(order, named(world, "cat")))

    assert (last.status, third.status) == ("pending_approval", "approved")
    assert (last.approved_hash, again) == ("", [(1, "approver_admin")])
    assert not asked.all().exists()


def test_change_is_asked_again_of_a_step_that_was_filled(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, amount_from=1000)
    approval_rule(world.buyer, amount_from=1000, sequence=2)
    order = issue_order(**asking(submitted(world, erp, "100"), erp))
    change, ann = proposed(order, erp, changed(unit_price=Decimal(1000))), named(world, "ann")
    said = {"change_id": change.public_id}
    approve_change(**asking(order, ann), **said)
    deactivate(User.objects.get(pk=ann.user_id))

    second = approve_change(**asking(order, named(world, "ben")), **said).approved_at
    third = approve_change(**asking(order, named(world, "cat")), **said).approved_at

    assert (second, third is not None) == (None, True)


def test_step_of_an_earlier_submission_is_not_asked_again(world: World, erp: Actor) -> None:
    approval_rule(world.buyer)
    approval_rule(world.buyer, sequence=2)
    order, ann, ben = submitted(world, erp, "100"), named(world, "ann"), named(world, "ben")
    approve_order(**asking(order, ann))
    deactivate(User.objects.get(pk=ann.user_id))
    reject_order(**asking(order, ben, reason="Once more"))
    submit_order(**asking(order, erp))

    approve_order(**asking(order, ben))

    assert approve_order(**asking(order, named(world, "cat"))).status == "approved"
