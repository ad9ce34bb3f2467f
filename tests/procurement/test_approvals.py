"""Approvals that rules ask for: how many, of whom, in which order, and what voids them."""

import dataclasses
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import ConflictError, ForbiddenError, InvalidTransitionError
from apps.partners.models import Role
from apps.procurement.errors import (
    ActionNotGrantedError,
    ExchangeRateMissingError,
    SegregationOfDutiesError,
)
from apps.procurement.models import (
    Approval,
    ApprovalStep,
    OrderRevision,
    PurchaseOrder,
    PurchaseOrderLine,
)
from apps.procurement.services import (
    approve_order,
    cancel_order,
    issue_order,
    reject_order,
    submit_order,
)
from apps.projects.models import ProjectMember
from apps.projects.services import retire_approval_rule
from tests.factories.policies import approval_rule, policy, rate
from tests.factories.procurement import actor_for, asking, buyer_person
from tests.factories.spending import account, draft_of, entry, limited, submitted
from tests.factories.world import SETUP, World, project

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


def approver(world: World, name: str = "ann", role: Role = Role.APPROVER_ADMIN) -> Actor:
    return buyer_person(world, f"{name}@nordwind.example", role)


def steps(order: PurchaseOrder) -> list[tuple[int, str, int, bool]]:
    rows = ApprovalStep.objects.filter(order=order).order_by("id")
    return [
        (row.sequence, row.approver_role, row.min_approvers, row.ended_at is not None)
        for row in rows
    ]


# --- When one is asked for ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "status"), (("999.99", "approved"), ("1000", "pending_approval"))
)
def test_threshold_is_inclusive(world: World, erp: Actor, amount: str, status: str) -> None:
    approval_rule(world.buyer, amount_from=1000)

    order = submitted(world, erp, amount)

    assert order.status == status
    assert bool(order.approved_hash) == (status == "approved")


@pytest.mark.parametrize(
    ("amount", "status"), (("499.99", "approved"), ("500", "pending_approval"))
)
def test_policy_asks_for_one_administrator(
    world: World, erp: Actor, amount: str, status: str
) -> None:
    policy(world.buyer, auto_approve_below=500)

    order = submitted(world, erp, amount)

    assert order.status == status
    expected = [(1, "approver_admin", 1, False)] if status == "pending_approval" else []
    assert steps(order) == expected


def test_rules_steps_take_the_place_of_the_policys(world: World, erp: Actor) -> None:
    policy(world.buyer, auto_approve_below=500)
    approval_rule(world.buyer, amount_from=100, min_approvers=2)

    assert steps(submitted(world, erp, "500")) == [(1, "approver_admin", 2, False)]


@pytest.mark.parametrize(
    ("category", "asked"),
    (("4321", True), ("432115", True), ("43", True), ("", True), ("44", False)),
)
def test_rule_for_a_category_is_asked_where_it_may_concern(
    world: World, erp: Actor, category: str, *, asked: bool
) -> None:
    approval_rule(world.buyer, category="4321")

    order = submitted(world, erp, "1", category=category)

    assert (order.status == "pending_approval") == asked


def test_rule_of_another_project_is_not_asked(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, project=project("OTHER", world.buyer))

    assert submitted(world, erp, "1").status == "approved"


def test_threshold_is_in_the_buyers_currency(world: World, erp: Actor, at: datetime) -> None:
    approval_rule(world.buyer, amount_from=100)
    with pytest.raises(ExchangeRateMissingError):
        submitted(world, erp, "1", currency="SEK")
    rate("EUR", "SEK", at.date(), "10")

    assert submitted(world, erp, "999.94", currency="SEK").status == "approved"
    other = actor_for(world.erp, world.office)
    assert submitted(world, other, "999.95", currency="SEK").status == "pending_approval"


# --- Giving it ----------------------------------------------------------------------------------


def test_steps_are_filled_in_sequence_by_different_people(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, name="Second", sequence=2)
    approval_rule(world.buyer, name="First", sequence=1, min_approvers=2)
    order = submitted(world, erp, "100")
    ann, ben, cat = (approver(world, name) for name in ("ann", "ben", "cat"))

    assert approve_order(**asking(order, ann)).status == "pending_approval"
    with pytest.raises(SegregationOfDutiesError):
        approve_order(**asking(order, approver(world, "ann")))
    assert approve_order(**asking(order, ben)).status == "pending_approval"
    assert [ended for *_step, ended in steps(order)] == [True, False]
    with pytest.raises(SegregationOfDutiesError):
        approve_order(**asking(order, ann))
    done = approve_order(**asking(order, cat))

    assert (done.status, Approval.objects.count()) == ("approved", 3)
    acts = OrderRevision.objects.filter(order=order).order_by("revision")
    assert [*acts.values_list("act", "status")][2:] == [
        ("approve", "pending_approval"),
        ("approve", "pending_approval"),
        ("approve", "approved"),
    ]
    assert Event.objects.filter(action=Action.ORDER_APPROVAL_GIVEN).count() == 2
    assert Event.objects.filter(action=Action.ORDER_APPROVED).count() == 1
    assert issue_order(**asking(order, erp)).status == "issued"


def test_whoever_comes_out_of_turn_waits(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, name="First", sequence=1)
    approval_rule(world.buyer, name="Second", sequence=2)
    order = submitted(world, erp, "100")
    ApprovalStep.objects.filter(order=order, sequence=2).update(approver_role=Role.EDITOR)

    with pytest.raises(ConflictError):
        approve_order(**asking(order, approver(world, "ed", Role.EDITOR)))


def test_other_role_does_not_fill_a_step(world: World, erp: Actor) -> None:
    approval_rule(world.buyer)
    order = submitted(world, erp, "100")

    with pytest.raises(ForbiddenError):
        approve_order(**asking(order, approver(world, "ed", Role.EDITOR)))


def test_role_in_the_project_counts_as_long_as_it_lasts(
    world: World, erp: Actor, at: datetime
) -> None:
    approval_rule(world.buyer)
    order = submitted(world, erp, "100")
    ed = approver(world, "ed", Role.EDITOR)
    assert ed.user_id is not None
    member = ProjectMember.objects.get(project=world.office, user=ed.user_id)
    ProjectMember.objects.filter(pk=member.pk).update(
        role=Role.APPROVER_ADMIN, valid_until=at - timedelta(days=1)
    )
    with pytest.raises(ForbiddenError):
        approve_order(**asking(order, ed))
    ProjectMember.objects.filter(pk=member.pk).update(valid_until=None)

    assert approve_order(**asking(order, ed)).status == "approved"


def test_requester_editor_and_submitter_never_approve(world: World) -> None:
    approval_rule(world.buyer)
    ann, ben, cat = (approver(world, name) for name in ("ann", "ben", "cat"))
    order = draft_of(world, ann, "100")
    submit_order(**asking(order, ben))

    for actor in (ann, ben, approver(world, "ann")):
        with pytest.raises(SegregationOfDutiesError):
            approve_order(**asking(order, actor))
    borrowed = dataclasses.replace(cat, session_id=ann.session_id)
    with pytest.raises(SegregationOfDutiesError):
        approve_order(**asking(order, borrowed))
    assert approve_order(**asking(order, cat)).status == "approved"


def test_token_that_grants_no_approving_does_not(world: World, erp: Actor) -> None:
    approval_rule(world.buyer)
    order = submitted(world, erp, "100")
    ann = limited(approver(world), entry(world.office, actions=["create"]))

    for act in (approve_order, reject_order):
        with pytest.raises(ActionNotGrantedError):
            act(**asking(order, ann))


def test_approval_is_of_what_was_submitted(world: World, erp: Actor) -> None:
    approval_rule(world.buyer)
    order = submitted(world, erp, "100")
    PurchaseOrderLine.objects.update(description="Something else")

    with pytest.raises(ConflictError):
        approve_order(**asking(order, approver(world)))


# --- Ending it ----------------------------------------------------------------------------------


def test_rejecting_ends_the_steps_and_gives_the_money_back(world: World, erp: Actor) -> None:
    version = policy(world.buyer, cumulative_max=100)
    approval_rule(world.buyer, min_approvers=2)
    order = submitted(world, erp, "100")
    assert account(policy=version.policy)[0] == Decimal(100)
    approve_order(**asking(order, approver(world, "ann")))

    reject_order(**asking(order, approver(world, "ben")))

    assert account(policy=version.policy) == (Decimal(0), Decimal(0))
    assert [ended for *_step, ended in steps(order)] == [True]


def test_submitting_again_asks_everybody_again(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, min_approvers=2)
    order = submitted(world, erp, "100")
    ann, ben = approver(world, "ann"), approver(world, "ben")
    approve_order(**asking(order, ann))
    reject_order(**asking(order, ben))

    submit_order(**asking(order, erp))

    assert approve_order(**asking(order, ann)).status == "pending_approval"
    assert approve_order(**asking(order, ben)).status == "approved"
    assert steps(order) == [(1, "approver_admin", 2, True)] * 2


def test_cancelled_order_waits_for_nobody(world: World, erp: Actor) -> None:
    approval_rule(world.buyer)
    order = submitted(world, erp, "100")
    cancel_order(**asking(order, erp))

    assert steps(order) == [(1, "approver_admin", 1, True)]
    with pytest.raises(InvalidTransitionError):
        approve_order(**asking(order, approver(world)))


# --- Orders that count as one -------------------------------------------------------------------


def splitting() -> int:
    return Event.objects.filter(action=Action.ORDER_SPLITTING_SUSPECTED).count()


def test_orders_under_the_threshold_that_reach_it_together_are_raised(
    world: World, erp: Actor
) -> None:
    approval_rule(world.buyer, amount_from=1000)

    assert submitted(world, erp, "400").status == "approved"
    assert submitted(world, erp, "599.99").status == "approved"
    assert splitting() == 0
    third = submitted(world, erp, "0.01")

    assert third.status == "pending_approval"
    event = Event.objects.get(action=Action.ORDER_SPLITTING_SUSPECTED)
    assert (event.data, event.subject_id) == ({}, third.public_id)
    assert len(event.private["with"]) == 2


def test_another_session_of_the_same_requester_counts_too(world: World) -> None:
    approval_rule(world.buyer, amount_from=1000)
    submitted(world, approver(world), "600")

    assert submitted(world, approver(world), "600").status == "pending_approval"


def test_retired_rule_is_asked_by_sessions_granted_before(
    world: World, erp: Actor, at: datetime
) -> None:
    rule = approval_rule(world.buyer, at=at - timedelta(hours=2))
    retire_approval_rule(actor=SETUP, at=at - timedelta(hours=1), rule=rule, reason="over")
    before = dataclasses.replace(erp, granted_at=at - timedelta(minutes=90))
    after = dataclasses.replace(erp, granted_at=at)

    assert submitted(world, before, "1").status == "pending_approval"
    assert submitted(world, after, "1").status == "approved"


def test_another_client_of_the_same_partner_counts_too(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, amount_from=1000)
    submitted(world, erp, "600")

    second = actor_for(world.erp, world.office)
    assert submitted(world, second, "600").status == "pending_approval"


def test_another_requester_vendor_category_or_time_does_not_count(
    world: World, erp: Actor, at: datetime
) -> None:
    approval_rule(world.buyer, amount_from=1000, category="43", split_days=7)
    submitted(world, erp, "600", category="4321")

    assert submitted(world, approver(world), "600", category="43").status == "approved"
    assert (
        submitted(world, erp, "600", category="43", vendor=world.globex.public_id).status
        == "approved"
    )
    assert submitted(world, erp, "600", category="44").status == "approved"
    PurchaseOrder.objects.update(submitted_at=at - timedelta(days=7))
    assert submitted(world, erp, "600", category="43").status == "approved"
    assert splitting() == 0


def test_cancelled_and_rejected_orders_do_not_count(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, amount_from=1000)
    cancel_order(**asking(submitted(world, erp, "600"), erp))

    assert submitted(world, erp, "600").status == "approved"


def test_orders_in_other_currencies_count_by_their_rate(
    world: World, erp: Actor, at: datetime
) -> None:
    rate("EUR", "SEK", at.date(), "10")
    approval_rule(world.buyer, amount_from=1000)
    submitted(world, erp, "6000", currency="SEK")

    assert submitted(world, erp, "400").status == "pending_approval"


def test_policys_own_threshold_is_not_got_around_by_splitting(
    world: World, erp: Actor, at: datetime
) -> None:
    rate("EUR", "SEK", at.date(), "10")
    policy(world.buyer, currency="SEK", auto_approve_below=10000)
    submitted(world, erp, "600")

    assert submitted(world, erp, "400").status == "pending_approval"
    assert splitting() == 1
