"""What staff may not do in a project that is over, and what may not be asked of a vendor that is
away.
"""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.core.actor import Actor, ActorKind
from apps.identity.models import StaffRole
from apps.oauth.scopes import BUYER_ROLE_OF_GROUP, ROLE_SCOPES
from apps.partners.models import Role
from apps.partners.services import suspend_partner
from apps.procurement.errors import ProjectClosedError, VendorNotActiveError
from apps.procurement.models import PurchaseOrder
from apps.procurement.services import (
    approve_order,
    cancel_order,
    issue_order,
    reject_order,
    submit_order,
)
from apps.projects.policy.applying import APPROVING_ROLES
from tests.factories.acts import do
from tests.factories.identity import staff_browser
from tests.factories.policies import approval_rule
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    buyer_person,
    changed,
    drafted,
    issued,
    proposed,
)
from tests.factories.spending import submitted
from tests.factories.world import SETUP, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


@pytest.fixture
def staff(world: World) -> Actor:
    """An administrator at the admin, who has no projects of their own."""
    person = buyer_person(world, "sam@nordwind.example", Role.APPROVER_ADMIN)
    nothing: frozenset[object] = frozenset()
    return dataclasses.replace(
        person, kind=ActorKind.STAFF, project_ids=nothing, open_projects=nothing
    )


def a_draft(world: World, erp: Actor) -> PurchaseOrder:
    return drafted(world, erp)


def one_that_waits(world: World, erp: Actor) -> PurchaseOrder:
    approval_rule(world.buyer)
    return submitted(world, erp, "100")


def one_approved(world: World, erp: Actor) -> PurchaseOrder:
    return submitted(world, erp, "100")


def one_declined(world: World, erp: Actor) -> PurchaseOrder:
    order = issued(world)
    answered(order, actor_for(world.acme, world.office), "RE")
    proposed(order, erp)
    return order


def one_issued(world: World, erp: Actor) -> PurchaseOrder:
    del erp
    return issued(world)


def propose(**asked: object) -> object:
    return proposed(PurchaseOrder.objects.get(), asked["actor"])  # type: ignore[arg-type]  # as asked


@pytest.mark.parametrize("status", ("on_hold", "closing", "closed"))
@pytest.mark.parametrize(
    ("begun", "act"),
    (
        (a_draft, submit_order),
        (one_that_waits, approve_order),
        (one_approved, issue_order),
        (one_declined, issue_order),
        (one_issued, propose),
    ),
)
def test_staff_commit_a_project_that_is_not_open_to_nothing(
    world: World,
    erp: Actor,
    staff: Actor,
    begun: Callable[[World, Actor], PurchaseOrder],
    act: Callable[..., object],
    status: str,
) -> None:
    order = begun(world, erp)
    order.refresh_from_db()
    before = order.status
    world.office.status = status
    world.office.save()

    with pytest.raises(ProjectClosedError):
        act(**asking(order, staff))

    order.refresh_from_db()
    assert order.status == before


@pytest.mark.parametrize("role", APPROVING_ROLES)
def test_whoever_a_rule_may_name_can_fill_its_step(world: World, erp: Actor, role: Role) -> None:
    """By a token with the scope, and by a page of the admin."""
    [group] = [name for name, given in BUYER_ROLE_OF_GROUP.items() if given == role]
    approval_rule(world.buyer, approver_role=role)
    order = submitted(world, erp, "100")

    do(staff_browser(StaffRole(group)), order, "approve")

    order.refresh_from_db()
    assert order.status == "approved"
    assert "purchase_orders:approve" in ROLE_SCOPES[role]


def test_staff_clear_up_what_waits_in_a_closed_project(
    world: World, erp: Actor, staff: Actor
) -> None:
    order = one_that_waits(world, erp)
    world.office.status = "closed"
    world.office.save()

    assert reject_order(**asking(order, staff)).status == "draft"
    assert cancel_order(**asking(order, staff)).status == "cancelled"


def test_no_more_is_asked_of_a_vendor_that_is_away(world: World, erp: Actor) -> None:
    order = issued(world)
    suspend_partner(actor=SETUP, at=datetime.now(tz=UTC), partner=world.acme, reason="Fraud")

    with pytest.raises(VendorNotActiveError):
        proposed(order, erp, changed(quantity=Decimal(1000)))
    assert proposed(order, erp, changed(quantity=Decimal(1))).status == "proposed"
