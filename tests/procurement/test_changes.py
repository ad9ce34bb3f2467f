"""Proposals of change: who may propose and decide what, and what acceptance makes of the order."""

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.canonical import canonical_digest
from apps.core.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.gateway.errors import PreconditionRequiredError, RevisionStaleError
from apps.gateway.policy import Precondition
from apps.partners.models import Role
from apps.procurement.errors import (
    ProjectClosedError,
    SegregationOfDutiesError,
    UnitNotAllowedError,
)
from apps.procurement.models import OrderChange, OrderRevision, PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.changes import ChangeDraft, LineChange
from apps.procurement.policy.drafts import LineAnswer
from apps.procurement.selectors.changes import changes_visible_to
from apps.procurement.selectors.documents import order_content
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import (
    accept_change,
    approve_change,
    issue_order,
    refuse_change,
    submit_order,
    withdraw_change,
)
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    buyer_person,
    changed,
    drafted,
    issued,
    line_draft,
    proposed,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
ADDRESS = {"name": "Gate 3", "lines": ["Havnegata 1"], "city": "Oslo", "country": "NO"}
MORE = changed(quantity=Decimal(121))
LESS = changed(quantity=Decimal(100))


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


@pytest.fixture
def acme(world: World) -> Actor:
    return actor_for(world.acme, world.office)


@pytest.fixture
def approver(world: World) -> Actor:
    return buyer_person(world, "approver@nordwind.example")


def on(change: OrderChange, actor: Actor, **asked: Any) -> dict[str, Any]:
    """What a decision on the proposal is told."""
    return {**asking(change.order, actor, **asked), "change_id": change.public_id}


def put(order: PurchaseOrder, status: str) -> PurchaseOrder:
    PurchaseOrder.objects.filter(pk=order.pk).update(status=status)
    order.refresh_from_db()
    return order


def codes(error: pytest.ExceptionInfo[ValidationFailedError]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in error.value.errors]


# --- Proposing ----------------------------------------------------------------------------------


def test_proposal_is_kept_with_what_it_was_made_against(
    world: World, acme: Actor, at: datetime
) -> None:
    order = issued(world)
    change = changed(quantity=Decimal(100), unit_price=Decimal("4.10"), need_by=date(2026, 12, 8))

    kept = proposed(order, acme, change, at=at)

    assert kept.diff == {
        "lines": [{"line_no": 1, "quantity": "100", "unit_price": "4.1", "need_by": "2026-12-08"}]
    }
    assert (kept.proposed_by, kept.status, kept.note) == ("vendor", "proposed", "Please")
    assert (kept.base_revision, kept.exceeds) == (3, [])
    assert kept.base_sha256 == OrderRevision.objects.get(revision=3).content_sha256
    order.refresh_from_db()
    assert (order.revision, order.lines.get().quantity) == (3, 120)
    event = Event.objects.get(action=Action.ORDER_CHANGE_PROPOSED)
    assert (event.data["change"], event.data["proposed_by"]) == (kept.public_id, "vendor")


@pytest.mark.parametrize(
    ("status", "buyer", "vendor"),
    (
        ("draft", False, False),
        ("pending_approval", False, False),
        ("approved", False, False),
        ("issued", True, True),
        ("acknowledged", True, True),
        ("change_requested", False, True),
        ("declined", True, False),
        ("closed", False, False),
        ("cancelled", False, False),
    ),
)
def test_who_may_propose_follows_from_the_status(
    world: World, erp: Actor, acme: Actor, status: str, *, buyer: bool, vendor: bool
) -> None:
    order = put(issued(world), status)
    for actor, allowed in ((erp, buyer), (acme, vendor)):
        if allowed:
            assert proposed(order, actor).status == "proposed"
        else:
            with pytest.raises(InvalidTransitionError):
                proposed(order, actor)


def test_each_side_has_one_open_proposal(world: World, erp: Actor, acme: Actor) -> None:
    order = issued(world)
    first = proposed(order, acme)
    proposed(order, erp)

    with pytest.raises(ConflictError) as refused:
        proposed(order, acme, MORE)

    assert refused.value.extra == {"change": first.public_id}
    with pytest.raises(IntegrityError, match="procurement_change_one_open"), transaction.atomic():
        OrderChange.objects.update(proposed_by="buyer")


@pytest.mark.parametrize(
    ("change", "faults"),
    (
        (changed(quantity=Decimal(120)), [("", "nothing-changed")]),
        (ChangeDraft(), [("", "nothing-changed")]),
        (changed(quantity=Decimal(0)), [("/lines/0/quantity", "not-positive")]),
        (changed(unit_price=Decimal(-1)), [("/lines/0/unit_price", "negative")]),
        (
            ChangeDraft(lines=(LineChange(line_no=9, fields={"quantity": Decimal(1)}),)),
            [("/lines/0/line_no", "not-found")],
        ),
        (
            ChangeDraft(lines=(LineChange(line_no=1), LineChange(line_no=1))),
            [("/lines/1/line_no", "duplicate")],
        ),
        (
            ChangeDraft(
                lines=(LineChange(line_no=1, fields={"quantity": Decimal(1)}, remove=True),)
            ),
            [("/lines/0", "contradiction")],
        ),
        (ChangeDraft(new_lines=(line_draft(line_no=1),)), [("/new_lines/0/line_no", "duplicate")]),
        (
            ChangeDraft(new_lines=(line_draft(line_no=2, quantity=Decimal(-1)),)),
            [("/new_lines/0/quantity", "not-positive")],
        ),
        (ChangeDraft(lines=(LineChange(line_no=1, remove=True),)), [("/lines", "line-count")]),
    ),
)
def test_proposal_that_makes_no_good_order_is_refused(
    world: World, erp: Actor, change: ChangeDraft, faults: list[tuple[str, str]]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        proposed(issued(world), erp, change)

    assert codes(refused) == faults


def test_unit_finer_than_it_goes_is_pointed_at_in_the_proposal(world: World, erp: Actor) -> None:
    two = issued(world, lines=(line_draft(), line_draft(line_no=5)))
    change = ChangeDraft(lines=(LineChange(line_no=5, fields={"quantity": Decimal("1.5")}),))

    with pytest.raises(UnitNotAllowedError) as refused:
        proposed(two, erp, change)

    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [
        ("/lines/0/quantity", "too-precise")
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    (
        (ChangeDraft(new_lines=(line_draft(line_no=2),)), "/new_lines"),
        (ChangeDraft(fields={"ship_to": ADDRESS}), "/ship_to"),
        (ChangeDraft(lines=(LineChange(line_no=1, remove=True),)), "/lines/0/remove"),
    ),
)
def test_what_to_buy_and_where_to_send_it_is_the_buyers_to_propose(
    world: World, acme: Actor, change: ChangeDraft, pointer: str
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        proposed(issued(world), acme, change)

    assert codes(refused) == [(pointer, "buyer-only")]


def test_order_has_to_be_seen_to_propose(world: World, acme: Actor) -> None:
    order = issued(world)
    for tags, error in ((set(), PreconditionRequiredError), ({'"x.1"'}, RevisionStaleError)):
        with pytest.raises(error):
            proposed(order, acme, precondition=Precondition(tags=frozenset(tags)))


# --- Deciding -----------------------------------------------------------------------------------


def test_acceptance_makes_a_revision_that_says_so(
    world: World, erp: Actor, acme: Actor, at: datetime
) -> None:
    order = issued(world)
    proposal = proposed(order, acme)

    accepted = accept_change(**on(proposal, erp, at=at, reason="Fine"))

    after = visible_order(actor=acme, order_id=order.public_id)
    assert (after.status, after.revision, after.context_revision) == ("issued", 4, 4)
    assert (after.lines.get().quantity, after.lines_net) == (100, 425)
    assert (after.tax_total, after.tax_inclusive) == (Decimal("106.25"), Decimal("531.25"))
    kept = OrderRevision.objects.get(revision=4)
    assert (kept.act, kept.session_id, kept.reason) == ("change", erp.session_id, "Fine")
    assert kept.content == order_content(after)
    assert kept.content_sha256 == canonical_digest(kept.content)
    assert kept.event.data["change"] == proposal.public_id
    assert (accepted.status, accepted.revision, accepted.resulting_revision) == ("accepted", 2, 4)
    assert (accepted.decided_at, accepted.decided_by_session_id) == (at, erp.session_id)


def test_refusal_leaves_the_order(world: World, erp: Actor, acme: Actor) -> None:
    order = issued(world)
    proposal = proposed(order, erp)

    refused = refuse_change(**on(proposal, acme, reason="No"))

    order.refresh_from_db()
    assert (order.revision, refused.status, refused.decision_reason) == (3, "refused", "No")
    event = Event.objects.get(action=Action.ORDER_CHANGE_REFUSED)
    assert (event.data["change"], event.data["reason"]) == (proposal.public_id, "No")


def test_withdrawal_is_the_proposers(world: World, erp: Actor, acme: Actor) -> None:
    proposal = proposed(issued(world), acme)

    with pytest.raises(ForbiddenError):
        withdraw_change(**on(proposal, erp))
    assert withdraw_change(**on(proposal, acme)).status == "withdrawn"
    assert Event.objects.filter(action=Action.ORDER_CHANGE_WITHDRAWN).count() == 1


@pytest.mark.parametrize("act", (accept_change, refuse_change))
def test_nobody_decides_on_their_own_sides_proposal(world: World, acme: Actor, act: Any) -> None:
    proposal = proposed(issued(world), acme)

    with pytest.raises(ForbiddenError):
        act(**on(proposal, acme))


@pytest.mark.parametrize("first", ("accepted", "refused", "withdrawn"))
def test_what_was_decided_is_decided(world: World, erp: Actor, acme: Actor, first: str) -> None:
    proposal = proposed(issued(world), acme)
    decisions: dict[str, Any] = {
        "accepted": lambda: accept_change(**on(proposal, erp)),
        "refused": lambda: refuse_change(**on(proposal, erp)),
        "withdrawn": lambda: withdraw_change(**on(proposal, acme)),
    }
    decisions[first]()

    for then, decide in decisions.items():
        with pytest.raises(InvalidTransitionError) as refused:
            decide()
        assert refused.value.extra == {"from": first, "to": then, "allowed": []}


def test_stale_proposal_is_not_accepted(world: World, erp: Actor, acme: Actor) -> None:
    order = issued(world)
    theirs, ours = proposed(order, acme), proposed(order, erp, changed(quantity=Decimal(90)))
    accept_change(**on(theirs, erp))

    with pytest.raises(ConflictError) as refused:
        accept_change(**on(ours, acme))

    assert refused.value.extra == {"base_revision": 3, "current_revision": 4}
    assert refuse_change(**on(ours, acme)).status == "refused"


def test_facets_and_holds_do_not_make_a_proposal_stale(
    world: World, erp: Actor, acme: Actor
) -> None:
    order = issued(world)
    proposal = proposed(order, acme)
    PurchaseOrder.objects.update(receipt_status="partial", revision=4, context_revision=4)

    assert accept_change(**on(proposal, erp)).resulting_revision == 5


@pytest.mark.parametrize("status", ("change_requested", "declined", "closed", "cancelled"))
def test_nothing_is_decided_on_an_order_that_does_not_run(
    world: World, erp: Actor, acme: Actor, status: str
) -> None:
    order = issued(world)
    proposal = proposed(order, acme)
    put(order, status)

    for act in (accept_change, refuse_change):
        with pytest.raises(InvalidTransitionError):
            act(**on(proposal, erp))


def test_proposal_of_another_order_is_not_found(world: World, erp: Actor, acme: Actor) -> None:
    first, second = issued(world), issued(world)
    proposal = proposed(first, acme)

    with pytest.raises(NotFoundError):
        accept_change(**asking(second, erp), change_id=proposal.public_id)
    with pytest.raises(NotFoundError):
        accept_change(**asking(first, erp), change_id="chg_nonsense")


def test_decision_wants_the_proposals_tag(world: World, erp: Actor, acme: Actor) -> None:
    proposal = proposed(issued(world), acme)
    of_order = Precondition(tags=frozenset({f'"{proposal.order.public_id}.3"'}))
    seen = Precondition(tags=frozenset({f'"{proposal.public_id}.1"'}))

    with pytest.raises(RevisionStaleError):
        accept_change(**on(proposal, erp, precondition=of_order))
    assert accept_change(**on(proposal, erp, precondition=seen)).status == "accepted"


def test_staff_accept_nothing_on_a_closed_project(world: World, acme: Actor) -> None:
    proposal = proposed(issued(world), acme)
    someone = buyer_person(world, "sam@nordwind.example", kind=ActorKind.STAFF, role=Role.EDITOR)
    world.office.status = "closed"
    world.office.save()

    with pytest.raises(ProjectClosedError):
        accept_change(**on(proposal, someone))
    assert refuse_change(**on(proposal, someone)).status == "refused"


# --- Lines --------------------------------------------------------------------------------------


def two_lines(world: World) -> PurchaseOrder:
    return issued(world, lines=(line_draft(), line_draft(line_no=2, description="Pens")))


def test_buyer_adds_and_removes_lines(
    world: World, erp: Actor, acme: Actor, approver: Actor
) -> None:
    order = two_lines(world)
    change = ChangeDraft(
        lines=(LineChange(line_no=1, remove=True),),
        new_lines=(line_draft(line_no=3, description="Ink", quantity=Decimal(2)),),
        fields={"requested_delivery": date(2027, 1, 4)},
    )
    proposal = proposed(order, erp, change)
    approve_change(**on(proposal, approver))

    accept_change(**on(proposal, acme))

    after = visible_order(actor=erp, order_id=order.public_id)
    assert [(line.line_no, line.description) for line in after.lines.all()] == [
        (2, "Pens"),
        (3, "Ink"),
    ]
    assert (after.lines_net, after.requested_delivery) == (Decimal("518.5"), date(2027, 1, 4))
    removed = PurchaseOrderLine.everything.get(order=order, line_no=1)
    assert removed.removed_in == 4


def test_number_of_a_removed_line_is_not_given_again(world: World, erp: Actor, acme: Actor) -> None:
    order = two_lines(world)
    remove = ChangeDraft(lines=(LineChange(line_no=1, remove=True),))
    accept_change(**on(proposed(order, erp, remove), acme))

    with pytest.raises(ValidationFailedError) as refused:
        proposed(order, erp, ChangeDraft(new_lines=(line_draft(line_no=1),)))

    assert codes(refused) == [("/new_lines/0/line_no", "duplicate")]


CAME_130 = {"quantity_received": 130, "quantity_accepted": 130}


@pytest.mark.parametrize(
    ("moved", "change", "allowed"),
    (
        ({"quantity_received": 100, "quantity_accepted": 100}, LESS, True),
        ({"quantity_received": 120, "quantity_accepted": 100}, LESS, True),
        ({"quantity_received": 120, "quantity_accepted": Decimal("100.000001")}, LESS, False),
        ({"quantity_invoiced": 101}, LESS, False),
        (CAME_130, changed(need_by=date(2027, 1, 1)), True),
        ({"amount_invoiced": 425}, LESS, True),
        ({"amount_invoiced": Decimal("425.01")}, LESS, False),
        ({"quantity_received": 1}, ChangeDraft(lines=(LineChange(line_no=1, remove=True),)), False),
    ),
)
def test_line_does_not_fall_below_what_moved(
    world: World, erp: Actor, moved: dict[str, Any], change: ChangeDraft, *, allowed: bool
) -> None:
    order = two_lines(world)
    PurchaseOrderLine.objects.filter(line_no=1).update(**moved)

    if allowed:
        assert proposed(order, erp, change).status == "proposed"
        return
    with pytest.raises(ValidationFailedError) as refused:
        proposed(order, erp, change)
    assert codes(refused) == [("/lines", "already-moved")]


def test_what_moves_between_proposal_and_acceptance_counts(
    world: World, erp: Actor, acme: Actor
) -> None:
    proposal = proposed(issued(world), acme)
    PurchaseOrderLine.objects.update(quantity_received=101, quantity_accepted=101)

    with pytest.raises(ValidationFailedError):
        accept_change(**on(proposal, erp))
    proposal.refresh_from_db()
    assert proposal.status == "proposed"


def test_facets_follow_the_lines(world: World, erp: Actor, acme: Actor, approver: Actor) -> None:
    order = issued(world)
    PurchaseOrderLine.objects.update(
        quantity_received=120, quantity_accepted=120, quantity_invoiced=120
    )
    PurchaseOrder.objects.update(receipt_status="full", billing_status="full")
    proposal = proposed(order, acme, MORE)
    approve_change(**on(proposal, approver))

    accept_change(**on(proposal, erp))

    order.refresh_from_db()
    assert (order.receipt_status, order.billing_status) == ("partial", "partial")
    assert order.lines.get().quantity_received == 120


# --- What goes beyond the approval --------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "exceeds"),
    (
        (LESS, []),
        (changed(need_by=date(2027, 1, 1)), []),
        (MORE, ["amount"]),
        (changed(unit_price=Decimal("4.26")), ["amount"]),
        (changed(quantity=Decimal(1), unit_price=Decimal(510)), ["amount"]),
        (ChangeDraft(fields={"ship_to": ADDRESS}), ["ship-to"]),
        (ChangeDraft(new_lines=(line_draft(line_no=3),)), ["new-line", "amount"]),
        (
            ChangeDraft(
                lines=(
                    LineChange(line_no=1, fields={"quantity": Decimal(1)}),
                    LineChange(line_no=2, fields={"quantity": Decimal(121)}),
                )
            ),
            ["amount"],
        ),
    ),
)
def test_proposal_tells_what_is_beyond_the_approval(
    world: World, erp: Actor, change: ChangeDraft, exceeds: list[str]
) -> None:
    assert proposed(two_lines(world), erp, change).exceeds == exceeds


def test_change_beyond_the_approval_waits_for_an_approver(
    world: World, erp: Actor, acme: Actor, approver: Actor
) -> None:
    order = issued(world)
    before = PurchaseOrder.objects.get().approved_hash
    proposal = proposed(order, acme, MORE)
    with pytest.raises(InvalidTransitionError) as refused:
        accept_change(**on(proposal, erp))

    approved = approve_change(**on(proposal, approver))
    accept_change(**on(proposal, erp))

    assert refused.value.extra["exceeds"] == ["amount"]
    assert (approved.revision, approved.approved_by_session_id) == (2, approver.session_id)
    after = PurchaseOrder.objects.get()
    kept = OrderRevision.objects.get(revision=4)
    assert (after.approved_hash, after.approved_hash != before) == (kept.content_sha256, True)


def test_change_within_the_approval_leaves_it(world: World, erp: Actor, acme: Actor) -> None:
    order = issued(world)
    before = PurchaseOrder.objects.get().approved_hash
    accept_change(**on(proposed(order, acme), erp))

    back = proposed(order, acme, changed(quantity=Decimal(120)))

    assert PurchaseOrder.objects.get().approved_hash == before
    assert back.exceeds == []


def test_database_keeps_what_is_not_approved_from_being_accepted(world: World, acme: Actor) -> None:
    proposed(issued(world), acme, MORE)

    with pytest.raises(IntegrityError, match="procurement_change_approved"), transaction.atomic():
        OrderChange.objects.update(
            status="accepted", decided_at=datetime.now(tz=UTC), resulting_revision=9
        )


def test_who_proposed_or_ordered_does_not_approve_the_change(world: World, acme: Actor) -> None:
    orderer = buyer_person(world, "ed@nordwind.example")
    proposer = buyer_person(world, "flo@nordwind.example")
    other = buyer_person(world, "gil@nordwind.example")
    order = drafted(world, orderer)
    for act in (submit_order, issue_order):
        act(**asking(order, actor_for(world.erp, world.office)))
    proposal = proposed(order, proposer, MORE)

    for actor in (
        buyer_person(world, "flo@nordwind.example"),
        buyer_person(world, "ed@nordwind.example"),
        dataclasses.replace(other, session_id=proposer.session_id),
        acme,
    ):
        with pytest.raises((SegregationOfDutiesError, NotFoundError)):
            approve_change(**on(proposal, actor))
    assert approve_change(**on(proposal, other)).approved_at is not None


def test_machine_and_staff_short_of_administrator_do_not_approve_a_change(
    world: World, erp: Actor, acme: Actor
) -> None:
    proposal = proposed(issued(world), acme, MORE)
    editor = buyer_person(world, "sam@nordwind.example", kind=ActorKind.STAFF, role=Role.EDITOR)

    for actor in (erp, editor):
        with pytest.raises(ForbiddenError):
            approve_change(**on(proposal, actor))
    with pytest.raises(SegregationOfDutiesError):
        approve_change(**on(proposal, acme))


@pytest.mark.parametrize("change", (LESS, MORE))
def test_there_is_nothing_to_approve_twice_or_within_the_approval(
    world: World, acme: Actor, approver: Actor, change: ChangeDraft
) -> None:
    proposal = proposed(issued(world), acme, change)
    if proposal.exceeds:
        approve_change(**on(proposal, approver))

    with pytest.raises(InvalidTransitionError):
        approve_change(**on(proposal, approver))


def test_vendor_sees_a_proposal_once_it_is_approved(
    world: World, erp: Actor, acme: Actor, approver: Actor
) -> None:
    order = issued(world)
    proposal = proposed(order, erp, MORE)
    assert list(changes_visible_to(acme, order)) == []
    with pytest.raises(NotFoundError):
        accept_change(**on(proposal, acme))

    approve_change(**on(proposal, approver))

    assert list(changes_visible_to(acme, order)) == [proposal]
    assert accept_change(**on(proposal, acme)).status == "accepted"


# --- A vendor that accepts with changes ---------------------------------------------------------


def conditional(order: PurchaseOrder, acme: Actor, *lines: LineAnswer, **said: Any) -> OrderChange:
    if lines:
        said["lines"] = lines
    return OrderChange.objects.get(acknowledgement=answered(order, acme, "CA", **said))


def test_answer_with_changes_is_a_proposal(world: World, acme: Actor) -> None:
    order = issued(
        world,
        lines=(
            line_draft(),
            line_draft(line_no=2),
            line_draft(line_no=3),
            line_draft(line_no=4),
        ),
    )

    proposal = conditional(
        order,
        acme,
        LineAnswer(
            line_no=1,
            code="3",
            promised_quantity=Decimal(100),
            promised_price=Decimal("4.2"),
            promised_date=date(2026, 12, 5),
        ),
        LineAnswer(line_no=2, code="5", promised_date=date(2026, 12, 9)),
        LineAnswer(line_no=3, code="7"),
        LineAnswer(line_no=4, code="3", promised_quantity=Decimal(0)),
        reason="Short",
    )

    assert proposal.diff == {
        "lines": [
            {"line_no": 1, "quantity": "100", "unit_price": "4.2", "need_by": "2026-12-05"},
            {"line_no": 3, "remove": True},
            {"line_no": 4, "remove": True},
        ]
    }
    assert (proposal.proposed_by, proposal.note, proposal.base_revision) == ("vendor", "Short", 4)
    event = Event.objects.get(action=Action.ORDER_ACKNOWLEDGED)
    assert event.data["change"] == proposal.public_id


def test_buyer_accepts_the_answer(world: World, erp: Actor, acme: Actor) -> None:
    order = issued(world)
    line = LineAnswer(line_no=1, code="3", promised_quantity=Decimal(100))
    proposal = conditional(order, acme, line)

    accept_change(**on(proposal, erp))

    order.refresh_from_db()
    kept = OrderRevision.objects.get(revision=5)
    assert (order.status, order.revision, order.lines.get().quantity) == ("acknowledged", 5, 100)
    assert (kept.act, kept.status) == ("accept_change", "acknowledged")


@pytest.mark.parametrize(
    ("decide", "side", "act"),
    ((refuse_change, "erp", "refuse_change"), (withdraw_change, "acme", "withdraw_change")),
)
def test_answer_that_does_not_stand_leaves_the_order_issued(
    world: World, decide: Any, side: str, act: str
) -> None:
    order, acme = issued(world), actor_for(world.acme, world.office)
    line = LineAnswer(line_no=1, code="3", promised_quantity=Decimal(100))
    proposal = conditional(order, acme, line)

    decide(**on(proposal, actor_for(getattr(world, side), world.office)))

    order.refresh_from_db()
    kept = OrderRevision.objects.get(revision=5)
    assert (order.status, order.lines.get().quantity, kept.act) == ("issued", 120, act)
    answered(order, acme)
    order.refresh_from_db()
    assert order.status == "acknowledged"


def test_answer_is_decided_before_what_else_is_proposed(
    world: World, erp: Actor, acme: Actor
) -> None:
    order = issued(world)
    ours = proposed(order, erp)
    answer = conditional(order, acme)

    with pytest.raises(InvalidTransitionError):
        accept_change(**on(ours, acme))
    refuse_change(**on(answer, erp))
    assert accept_change(**on(ours, acme)).status == "accepted"


def test_vendor_with_an_open_proposal_withdraws_it_first(world: World, acme: Actor) -> None:
    order = issued(world)
    proposed(order, acme)

    with pytest.raises(ConflictError):
        answered(order, acme, "CA")


def test_fault_of_an_answer_points_into_it(world: World, acme: Actor) -> None:
    order = issued(world, lines=(line_draft(), line_draft(line_no=5)))
    lines = (
        LineAnswer(line_no=1, code="5"),
        LineAnswer(line_no=5, code="3", promised_quantity=Decimal("1.5")),
    )

    with pytest.raises(UnitNotAllowedError) as refused:
        answered(order, acme, "CA", lines=lines)

    assert [fault.pointer for fault in refused.value.errors] == ["/lines/1/quantity"]


def test_answer_that_leaves_no_line_is_refused(world: World, acme: Actor) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        answered(issued(world), acme, "CA", lines=(LineAnswer(line_no=1, code="7"),))

    assert codes(refused) == [("/lines", "line-count")]


# --- Issuing again what was declined ------------------------------------------------------------


def declined(world: World, acme: Actor) -> PurchaseOrder:
    order = issued(world)
    answered(order, acme, "RE", reason="Too cheap")
    order.refresh_from_db()
    return order


def test_declined_order_is_issued_again_as_the_buyer_proposes(
    world: World, erp: Actor, acme: Actor
) -> None:
    order = declined(world, acme)
    proposal = proposed(order, erp)

    after = issue_order(**asking(order, erp, reason="Better?"))

    proposal.refresh_from_db()
    kept = OrderRevision.objects.get(revision=5)
    assert (after.status, after.revision, after.lines.get().quantity) == ("issued", 5, 100)
    assert (kept.act, kept.event.action) == ("reissue", Action.ORDER_ISSUED)
    assert (proposal.status, proposal.resulting_revision) == ("accepted", 5)
    assert after.issued_at == order.issued_at


def test_declined_order_is_not_issued_again_as_it_was(
    world: World, erp: Actor, acme: Actor
) -> None:
    order = declined(world, acme)

    with pytest.raises(ConflictError):
        issue_order(**asking(order, erp))
    proposed(order, erp, MORE)
    with pytest.raises(InvalidTransitionError):
        issue_order(**asking(order, erp))


def test_vendor_does_not_decide_on_what_would_be_issued_again(
    world: World, erp: Actor, acme: Actor
) -> None:
    proposal = proposed(declined(world, acme), erp)

    for act in (accept_change, refuse_change):
        with pytest.raises(DomainError):
            act(**on(proposal, acme))
