"""The acts on an order: where each leads from every status, who may, and what each leaves."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import ConflictError, ForbiddenError, InvalidTransitionError
from apps.gateway.errors import RevisionStaleError
from apps.gateway.policy import Precondition
from apps.partners.models import Role
from apps.procurement.errors import OrderOnHoldError, SegregationOfDutiesError
from apps.procurement.models import OrderRevision, PurchaseOrder, PurchaseOrderLine
from apps.procurement.services import (
    approve_order,
    cancel_order,
    close_order,
    hold_order,
    issue_order,
    reject_order,
    release_order,
    submit_order,
)
from apps.procurement.states import Hold, OrderStatus
from tests.factories.fulfilment import shipped
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
from tests.factories.world import World
from tests.procurement.test_states import ALLOWED

pytestmark = pytest.mark.django_db
ISSUED_BEFORE = {"issued", "acknowledged", "change_requested", "declined", "closed"}
# What each service does, in the words of the state table.
MOVES: dict[str, tuple[str, ...]] = {
    "submit": ("submit",),
    "approve": ("approve",),
    "reject": ("reject",),
    "issue": ("issue", "reissue"),
    "cancel": ("cancel",),
    "close": ("close",),
}
SERVICES: dict[str, Callable[..., PurchaseOrder]] = {
    "submit": submit_order,
    "approve": approve_order,
    "reject": reject_order,
    "issue": issue_order,
    "cancel": cancel_order,
    "close": close_order,
}
ANSWERS = {"AB": "receive", "AP": "accept", "CA": "accept_with_change", "RE": "decline"}


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


@pytest.fixture
def approver(world: World) -> Actor:
    return buyer_person(world, "approver@nordwind.example")


def put(order: PurchaseOrder, status: str) -> PurchaseOrder:
    """The order as if it had come to the status."""
    at = datetime.now(tz=UTC) if status in ISSUED_BEFORE else None
    PurchaseOrder.objects.filter(pk=order.pk).update(status=status, issued_at=at)
    order.refresh_from_db()
    return order


def awaiting(world: World, actor: Actor | None = None) -> PurchaseOrder:
    """A draft that waits for its approval."""
    return put(drafted(world, actor), "pending_approval")


def expected(status: str, acts: tuple[str, ...]) -> str | None:
    return next((after for s, act, after in ALLOWED if s == status and act in acts), None)


@pytest.mark.parametrize("name", SERVICES)
def test_move_is_made_or_refused_from_every_status(
    world: World, approver: Actor, name: str
) -> None:
    order = issued(world)
    for status in OrderStatus.values:
        after = expected(status, MOVES[name])
        with transaction.atomic():
            put(order, status)
            if status == "declined":
                proposed(order, actor_for(world.erp, world.office))
            asked = asking(order, approver)

            if after is None:
                with pytest.raises(InvalidTransitionError) as refused:
                    SERVICES[name](**asked)
                assert refused.value.extra["from"] == status
                assert refused.value.extra["allowed"] == sorted(
                    {after for s, _act, after in ALLOWED if s == status}
                )
            else:
                assert SERVICES[name](**asked).status == after
            transaction.set_rollback(True)


@pytest.mark.parametrize("response", ANSWERS)
def test_answer_is_taken_or_refused_in_every_status(world: World, response: str) -> None:
    order, acme = issued(world), actor_for(world.acme, world.office)
    for status in ISSUED_BEFORE:
        after = expected(status, (ANSWERS[response],))
        with transaction.atomic():
            put(order, status)

            if after is None:
                with pytest.raises(InvalidTransitionError):
                    answered(order, acme, response)
            else:
                answered(order, acme, response)
                order.refresh_from_db()
                assert order.status == after
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("name", "status", "action"),
    (
        ("approve", "pending_approval", Action.ORDER_APPROVED),
        ("reject", "pending_approval", Action.ORDER_REJECTED),
        ("cancel", "approved", Action.ORDER_CANCELLED),
        ("close", "issued", Action.ORDER_CLOSED),
    ),
)
def test_move_leaves_one_revision_and_one_event(
    world: World, approver: Actor, name: str, status: str, action: Action
) -> None:
    order = put(drafted(world), status)

    after = SERVICES[name](**asking(order, approver, reason="Because"))

    kept = OrderRevision.objects.get(revision=after.revision)
    assert (kept.act, kept.status, kept.reason) == (name, after.status, "Because")
    assert (after.revision, after.context_revision, kept.subject) == (2, 2, approver.id)
    assert Event.objects.get(action=action) == kept.event


def test_stale_revision_moves_nothing(world: World, approver: Actor) -> None:
    order = awaiting(world)
    stale = Precondition(tags=frozenset({f'"{order.public_id}.9"'}))

    with pytest.raises(RevisionStaleError):
        approve_order(**asking(order, approver, precondition=stale))


# --- Approving ----------------------------------------------------------------------------------


def test_approval_is_bound_to_what_the_order_says(world: World, approver: Actor) -> None:
    order = awaiting(world)

    after = approve_order(**asking(order, approver))

    assert after.approved_hash == OrderRevision.objects.get(revision=2).content_sha256


def test_submitting_alone_binds_the_approval_too(world: World, erp: Actor) -> None:
    after = submit_order(**asking(drafted(world, erp), erp))

    assert after.approved_hash == OrderRevision.objects.get(revision=2).content_sha256


def test_rejected_order_has_no_approval(world: World, approver: Actor) -> None:
    order = awaiting(world)
    PurchaseOrder.objects.update(approved_hash="a" * 64)

    assert reject_order(**asking(order, approver)).approved_hash == ""


def test_order_that_says_something_else_than_was_approved_is_not_issued(
    world: World, erp: Actor
) -> None:
    order = submit_order(**asking(drafted(world, erp), erp))
    PurchaseOrderLine.objects.update(unit_price=Decimal(1000))

    with pytest.raises(ConflictError):
        issue_order(**asking(order, erp))


def test_requester_does_not_approve(world: World) -> None:
    requester = buyer_person(world, "ed@nordwind.example")
    again = buyer_person(world, "ed@nordwind.example")
    order = awaiting(world, requester)

    for actor in (requester, again):
        with pytest.raises(SegregationOfDutiesError):
            approve_order(**asking(order, actor))


def test_session_does_not_approve_what_it_created(world: World) -> None:
    requester = buyer_person(world, "ed@nordwind.example")
    order = awaiting(world, requester)
    other = buyer_person(world, "flo@nordwind.example", session_id=requester.session_id)

    with pytest.raises(SegregationOfDutiesError):
        reject_order(**asking(order, other))


def test_who_submitted_does_not_approve(world: World, approver: Actor) -> None:
    order = drafted(world)
    submit_order(**asking(order, approver))
    put(order, "pending_approval")

    with pytest.raises(SegregationOfDutiesError):
        approve_order(**asking(order, approver))


def test_vendor_never_approves(world: World) -> None:
    order = put(issued(world), "pending_approval")
    PurchaseOrder.objects.update(issued_at=datetime.now(tz=UTC))

    with pytest.raises(ForbiddenError):
        approve_order(**asking(order, actor_for(world.acme, world.office)))


def test_machine_never_approves(world: World) -> None:
    with pytest.raises(ForbiddenError):
        approve_order(**asking(awaiting(world), actor_for(world.erp, world.office)))


# --- Cancelling and closing ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "moved",
    (
        {"quantity_received": 1},
        {"quantity_received": 1, "quantity_accepted": 1},
        {"quantity_invoiced": 1},
        {"amount_invoiced": Decimal("0.01")},
    ),
)
def test_order_of_which_something_moved_is_closed_not_cancelled(
    world: World, approver: Actor, moved: dict[str, int]
) -> None:
    order = issued(world)
    PurchaseOrderLine.objects.update(**moved)

    with pytest.raises(InvalidTransitionError) as refused:
        cancel_order(**asking(order, approver))

    assert refused.value.extra["to"] == "cancelled"
    assert "cancelled" not in refused.value.extra["allowed"]
    assert close_order(**asking(order, approver)).status == "closed"


def test_cancelling_ends_what_was_proposed(world: World, approver: Actor) -> None:
    order = issued(world)
    theirs = proposed(order, actor_for(world.acme, world.office))
    ours = proposed(order, actor_for(world.erp, world.office))

    cancel_order(**asking(order, approver, reason="Not needed"))

    theirs.refresh_from_db()
    ours.refresh_from_db()
    assert (theirs.status, ours.status) == ("refused", "withdrawn")
    assert theirs.decided_by_session_id == approver.session_id
    told = Event.objects.get(action=Action.ORDER_CANCELLED).data["changes_ended"]
    assert set(told) == {theirs.public_id, ours.public_id}
    assert {theirs.decision_reason, ours.decision_reason} == {"The order was cancelled."}


def test_proposal_that_the_vendor_never_saw_is_not_named_to_it(
    world: World, approver: Actor
) -> None:
    order = issued(world)
    hidden = proposed(order, actor_for(world.erp, world.office), changed(quantity=Decimal(130)))

    cancel_order(**asking(order, approver))

    event = Event.objects.get(action=Action.ORDER_CANCELLED)
    assert "changes_ended" not in event.data
    assert event.private["changes_ended"] == [hidden.public_id]


def test_cancelling_withdraws_what_was_announced(world: World, approver: Actor) -> None:
    order = issued(world)
    notices = [shipped(order), shipped(order)]

    cancel_order(**asking(order, approver, reason="A secret"))

    for notice in notices:
        notice.refresh_from_db()
        assert (notice.status, notice.withdrawal_reason, notice.revision) == (
            "withdrawn",
            "The order was cancelled.",
            2,
        )
        assert notice.withdrawn_by_session_id == approver.session_id
    assert Event.objects.filter(action=Action.SHIPMENT_WITHDRAWN).count() == 2


def test_vendor_does_not_cancel(world: World) -> None:
    with pytest.raises(ForbiddenError):
        cancel_order(**asking(issued(world), actor_for(world.acme, world.office)))


# --- Holds --------------------------------------------------------------------------------------


def test_each_side_holds_and_releases_its_own(world: World, erp: Actor) -> None:
    order, acme = issued(world), actor_for(world.acme, world.office)

    hold_order(**asking(order, erp))
    held = hold_order(**asking(order, acme))
    assert (held.buyer_hold, held.vendor_hold, held.revision) == (True, True, 5)
    release_order(**asking(order, erp))
    freed = release_order(**asking(order, acme))

    assert (freed.buyer_hold, freed.vendor_hold, freed.revision) == (False, False, 7)
    acts = OrderRevision.objects.order_by("revision").values_list("act", flat=True)
    assert [*acts][3:] == ["hold", "hold", "release", "release"]
    told = Event.objects.filter(action=Action.ORDER_HELD).order_by("id")
    assert [event.data["hold"] for event in told] == ["buyer_hold", "vendor_hold"]


@pytest.mark.parametrize(
    ("side", "hold"),
    (("acme", Hold.BUYER), ("acme", Hold.COMPLIANCE), ("erp", Hold.VENDOR)),
)
def test_hold_of_the_other_side_is_refused(world: World, side: str, hold: Hold) -> None:
    order, actor = issued(world), actor_for(getattr(world, side), world.office)

    for act in (hold_order, release_order):
        with pytest.raises(ForbiddenError):
            act(**asking(order, actor), hold=hold)


@pytest.mark.parametrize("role", (Role.EDITOR, Role.VIEWER, Role.INTEGRATION))
def test_compliance_holds_are_an_approvers(world: World, approver: Actor, role: Role) -> None:
    order = drafted(world)

    with pytest.raises(ForbiddenError):
        hold_order(**asking(order, dataclasses.replace(approver, role=role)), hold=Hold.COMPLIANCE)
    assert hold_order(**asking(order, approver), hold=Hold.COMPLIANCE).compliance_hold


def test_hold_is_put_on_once_and_lifted_once(world: World, erp: Actor) -> None:
    order = issued(world)

    with pytest.raises(InvalidTransitionError) as nothing:
        release_order(**asking(order, erp))
    hold_order(**asking(order, erp))
    with pytest.raises(InvalidTransitionError) as twice:
        hold_order(**asking(order, erp))

    assert nothing.value.extra == {"from": "released", "to": "released", "allowed": ["held"]}
    assert twice.value.extra == {"from": "held", "to": "held", "allowed": ["released"]}


@pytest.mark.parametrize("status", ("closed", "cancelled"))
def test_order_that_is_over_takes_no_hold(world: World, erp: Actor, status: str) -> None:
    with pytest.raises(InvalidTransitionError):
        hold_order(**asking(put(issued(world), status), erp))


@pytest.mark.parametrize("hold", Hold)
def test_held_order_is_not_issued_but_answered_closed_and_cancelled(
    world: World, erp: Actor, hold: Hold
) -> None:
    waiting = submit_order(**asking(drafted(world, erp), erp))
    running = issued(world)
    PurchaseOrder.objects.update(**{hold.value: True})

    with pytest.raises(OrderOnHoldError) as refused:
        issue_order(**asking(waiting, erp))
    answered(running, actor_for(world.acme, world.office))
    closed = close_order(**asking(running, erp))

    assert (refused.value.status, refused.value.extra) == (409, {"holds": [hold.value]})
    assert closed.status == "closed"
    assert cancel_order(**asking(waiting, erp)).status == "cancelled"


# --- Staff --------------------------------------------------------------------------------------


def staff(world: World, role: str) -> Actor:
    """A member of staff at the admin: no projects, no scopes, the role of the group."""
    actor = buyer_person(world, "sam@nordwind.example")
    return dataclasses.replace(
        actor,
        kind=ActorKind.STAFF,
        role=role,
        project_ids=frozenset(),
        open_projects=frozenset(),
    )


def test_staff_act_on_orders_of_closed_projects_too(world: World) -> None:
    order = issued(world)
    world.office.status = "closed"
    world.office.save()

    assert close_order(**asking(order, staff(world, Role.EDITOR))).status == "closed"


@pytest.mark.parametrize("role", ("", Role.VIEWER))
def test_staff_that_only_read_do_nothing_to_orders(world: World, role: str) -> None:
    with pytest.raises(ForbiddenError):
        close_order(**asking(issued(world), staff(world, role)))
