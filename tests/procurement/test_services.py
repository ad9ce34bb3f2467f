"""Acts on orders: what they write, what they record, what they refuse."""

import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.audit.events import Action, Outcome
from apps.audit.models import Event
from apps.core.actor import system_actor
from apps.core.canonical import canonical_digest
from apps.core.errors import (
    DomainError,
    ForbiddenError,
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.gateway.errors import (
    PreconditionRequiredError,
    PrincipalMismatchError,
    RevisionStaleError,
)
from apps.gateway.policy import Precondition, entity_tag
from apps.partners.models import Partner
from apps.partners.services import suspend_partner
from apps.procurement.errors import ProjectClosedError
from apps.procurement.models import Acknowledgement, OrderRevision, PurchaseOrder
from apps.procurement.policy.drafts import AdjustmentDraft, Answer, LineAnswer
from apps.procurement.selectors.documents import order_content
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import (
    acknowledge_order,
    create_order,
    issue_order,
    submit_order,
)
from apps.projects.models import ProjectMember
from tests.factories.procurement import (
    ANY_REVISION,
    actor_for,
    drafted,
    issued,
    line_draft,
    order_draft,
)
from tests.factories.world import SETUP, World, partner, project

pytestmark = pytest.mark.django_db
ACCEPTED = Answer(response="AP")


def test_create_writes_a_draft_with_computed_totals(world: World) -> None:
    order = PurchaseOrder.objects.get(pk=drafted(world).pk)

    assert (order.status, order.revision, order.issued_at) == ("draft", 1, None)
    assert (order.project, order.vendor, order.buyer_entity) == (
        world.office,
        world.acme,
        world.buyer,
    )
    assert (order.lines_net, order.tax_total, order.tax_inclusive) == (
        Decimal(510),
        Decimal("127.5"),
        Decimal("637.5"),
    )


def test_create_numbers_orders_without_gaps_per_entity_and_year(world: World, at: datetime) -> None:
    actor = actor_for(world.erp, world.office)

    def number(at: datetime) -> str:
        return create_order(actor=actor, at=at, draft=order_draft(world)).number

    assert [number(at), number(at)] == [f"PO-{at.year}-000001", f"PO-{at.year}-000002"]
    with pytest.raises(ValidationFailedError):
        create_order(actor=actor, at=at, draft=order_draft(world, vendor="ptr_nobody"))
    assert number(at) == f"PO-{at.year}-000003"
    assert number(at + timedelta(days=366)) == f"PO-{at.year + 1}-000001"


def test_create_takes_the_year_it_is_where_the_entity_is(world: World, at: datetime) -> None:
    world.buyer.timezone = "Pacific/Auckland"
    world.buyer.save(update_fields=["timezone"])
    new_years_eve = datetime(at.year + 1, 12, 31, 12, tzinfo=UTC)

    order = create_order(
        actor=actor_for(world.erp, world.office), at=new_years_eve, draft=order_draft(world)
    )

    assert order.number == f"PO-{at.year + 2}-000001"


def test_create_keeps_lines_and_adjustments_as_drafted(world: World) -> None:
    freight = AdjustmentDraft(reason="Freight", amount=Decimal("2.50"))
    draft = order_draft(
        world,
        lines=(
            line_draft(line_no=20, charges=(freight,)),
            line_draft(line_no=10, quantity=Decimal("0.000001"), uom="TNE"),
        ),
    )

    order = create_order(
        actor=actor_for(world.erp, world.office), at=datetime.now(UTC), draft=draft
    )

    assert [
        (line["line_no"], line["quantity"], line["net"], line["charges"])
        for line in order_content(order)["lines"]
    ] == [
        (10, "0.000001", "0.00", []),
        (20, "120", "512.50", [{"reason": "Freight", "amount": "2.50"}]),
    ]


def test_every_act_leaves_its_context_and_one_event(world: World, at: datetime) -> None:
    buyer = dataclasses.replace(
        actor_for(world.erp, world.office, exercised="purchase_orders:create"),
        role="integration",
        token_sha256="t" * 64,
        authorization_details_sha256="d" * 64,
    )
    order_id = create_order(
        actor=buyer, at=at, draft=order_draft(world), idempotency_key_sha256="k" * 64
    ).public_id
    submit_order(actor=buyer, at=at, order_id=order_id, precondition=ANY_REVISION, reason="Go")
    issue_order(actor=buyer, at=at, order_id=order_id, precondition=ANY_REVISION)
    vendor = actor_for(world.acme, world.office, exercised="purchase_orders:acknowledge")
    acknowledge_order(
        actor=vendor, at=at, order_id=order_id, answer=ACCEPTED, precondition=ANY_REVISION
    )

    contexts = list(OrderRevision.objects.select_related("event"))
    assert [(c.revision, c.act, c.status, c.reason) for c in contexts] == [
        (1, "create", "draft", ""),
        (2, "submit", "approved", "Go"),
        (3, "issue", "issued", ""),
        (4, "acknowledge", "acknowledged", ""),
    ]
    first, last = contexts[0], contexts[3]
    assert (first.session_id, first.client_id, first.subject, first.role) == (
        buyer.session_id,
        buyer.client_id,
        buyer.id,
        "integration",
    )
    assert first.scopes_granted == first.scopes_exercised == ["purchase_orders:create"]
    assert (
        first.access_token_sha256,
        first.authorization_details_sha256,
        first.idempotency_key_sha256,
    ) == ("t" * 64, "d" * 64, "k" * 64)
    assert (last.session_id, last.scopes_exercised) == (
        vendor.session_id,
        ["purchase_orders:acknowledge"],
    )
    events = Event.objects.filter(subject_id=order_id).order_by("id")
    assert [event.action for event in events] == [
        Action.ORDER_CREATED,
        Action.ORDER_SUBMITTED,
        Action.ORDER_ISSUED,
        Action.ORDER_ACKNOWLEDGED,
    ]
    assert [context.event for context in contexts] == list(events)
    assert {event.outcome for event in events} == {Outcome.ALLOWED}


def test_event_names_order_revision_content_and_scopes(world: World) -> None:
    actor = actor_for(world.erp, world.office, exercised="purchase_orders:create")

    order = drafted(world, actor)

    event = Event.objects.get(subject_id=order.public_id)
    assert event.data == {
        "order": order.public_id,
        "number": order.number,
        "revision": 1,
        "act": "create",
        "status": "draft",
        "content_sha256": canonical_digest(order_content(order)),
        "scopes_exercised": ["purchase_orders:create"],
    }


def test_context_hashes_what_the_database_keeps(world: World) -> None:
    order = drafted(world)

    context = OrderRevision.objects.get()

    actor = actor_for(world.erp, world.office)
    read_again = visible_order(actor=actor, order_id=order.public_id)
    assert context.content == order_content(read_again)
    assert context.content_sha256 == canonical_digest(context.content)


def test_moves_leave_the_content_as_it_was(world: World) -> None:
    issued(world)

    assert len(set(OrderRevision.objects.values_list("content_sha256", flat=True))) == 1
    assert OrderRevision.objects.count() == 3


def test_issue_shows_the_order_to_its_vendor(world: World, at: datetime) -> None:
    buyer, vendor = actor_for(world.erp, world.office), actor_for(world.acme, world.office)
    order_id = drafted(world, buyer).public_id
    submit_order(actor=buyer, at=at, order_id=order_id, precondition=ANY_REVISION)
    with pytest.raises(NotFoundError):
        visible_order(actor=vendor, order_id=order_id)

    issue_order(actor=buyer, at=at, order_id=order_id, precondition=ANY_REVISION)

    assert visible_order(actor=vendor, order_id=order_id).issued_at == at


@pytest.mark.parametrize(
    ("response", "status"),
    (("AB", "issued"), ("AP", "acknowledged"), ("CA", "change_requested"), ("RE", "declined")),
)
def test_acknowledging_moves_the_order_and_counts_a_revision(
    world: World, at: datetime, response: str, status: str
) -> None:
    order = issued(world)
    code, promised = {"AP": ("5", Decimal(120)), "RE": ("7", None)}.get(
        response, ("3", Decimal(100))
    )
    lines = (LineAnswer(line_no=1, code=code, promised_quantity=promised),)

    acknowledge_order(
        actor=actor_for(world.acme, world.office),
        at=at,
        order_id=order.public_id,
        answer=Answer(response=response, lines=lines, reason="See line"),
        precondition=ANY_REVISION,
    )

    order.refresh_from_db()
    assert (order.status, order.revision) == (status, 4)
    kept = Acknowledgement.objects.get()
    assert (kept.response, kept.order_revision, kept.reason) == (response, 4, "See line")
    assert [(a.line.line_no, a.code, a.promised_quantity) for a in kept.lines.all()] == [
        (1, code, promised)
    ]
    event = Event.objects.get(action=Action.ORDER_ACKNOWLEDGED)
    assert event.data["acknowledgement"] == kept.public_id
    assert event.data["response"] == response


def refused(expected: type[DomainError], act: Any, **given: Any) -> DomainError:
    """The refusal, which must have left nothing behind."""
    before = (PurchaseOrder.objects.count(), OrderRevision.objects.count(), Event.objects.count())
    with pytest.raises(expected) as caught:
        act(at=datetime.now(UTC), **given)
    assert before == (
        PurchaseOrder.objects.count(),
        OrderRevision.objects.count(),
        Event.objects.count(),
    )
    return caught.value


def test_create_by_a_vendor_is_refused(world: World) -> None:
    actor = actor_for(world.acme, world.office)

    error = refused(ForbiddenError, create_order, actor=actor, draft=order_draft(world))

    assert error.code == "role-not-permitted"


def test_create_without_a_session_is_refused(world: World) -> None:
    refused(ForbiddenError, create_order, actor=system_actor("shell"), draft=order_draft(world))


def test_create_for_a_foreign_project_does_not_tell_it_from_none(world: World) -> None:
    foreign = project("SECRET", world.buyer, world.acme)
    actor = actor_for(world.erp, world.office)

    errors = [
        refused(
            PrincipalMismatchError,
            create_order,
            actor=actor,
            draft=order_draft(world, project=given),
        )
        for given in (foreign.public_id, "prj_" + "0" * 26, "nonsense")
    ]

    assert [[(f.pointer, f.code) for f in e.errors] for e in errors] == [
        [("/project", "principal-mismatch")]
    ] * 3
    assert len({str(error) for error in errors}) == 1


def test_create_in_a_closed_project_of_the_session_is_refused(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme)
    actor = dataclasses.replace(
        actor_for(world.erp, world.office, other), open_projects=frozenset({other.pk})
    )

    error = refused(ProjectClosedError, create_order, actor=actor, draft=order_draft(world))

    assert (error.status, error.code) == (403, "project-closed")


def outsider(_world: World) -> Partner:
    return partner("Stranger")


def suspended(world: World) -> Partner:
    suspend_partner(actor=SETUP, at=datetime.now(UTC), partner=world.acme, reason="test")
    return world.acme


def former_member(world: World) -> Partner:
    ProjectMember.objects.filter(partner=world.acme).update(valid_until=datetime.now(UTC))
    return world.acme


def member_to_be(world: World) -> Partner:
    later = datetime.now(UTC) + timedelta(hours=1)
    ProjectMember.objects.filter(partner=world.acme).update(valid_from=later)
    return world.acme


def no_vendor(world: World) -> Partner:
    return world.erp


@pytest.mark.parametrize("make", (outsider, suspended, former_member, member_to_be, no_vendor))
def test_create_for_a_vendor_that_may_not_act_is_refused(world: World, make: Any) -> None:
    actor, vendor = actor_for(world.erp, world.office), make(world)

    error = refused(
        ValidationFailedError,
        create_order,
        actor=actor,
        draft=order_draft(world, vendor=vendor.public_id),
    )

    assert [(f.pointer, f.code) for f in error.errors] == [("/vendor", "not-found")]


def move(act: Any, world: World, order: PurchaseOrder, **changes: Any) -> dict[str, Any]:
    return {
        "act": act,
        "actor": actor_for(world.erp, world.office),
        "order_id": order.public_id,
        "precondition": ANY_REVISION,
        **changes,
    }


@pytest.mark.parametrize("act", (submit_order, issue_order))
def test_move_of_an_order_out_of_sight_is_not_found(world: World, act: Any) -> None:
    foreign = project("SECRET", world.buyer, world.acme)
    order = drafted(world, actor_for(world.erp, foreign), project=foreign.public_id)

    for order_id in (order.public_id, "po_" + "0" * 26, "po_nonsense", ""):
        refused(NotFoundError, **move(act, world, order, order_id=order_id))


def test_move_by_the_vendor_of_a_visible_order_is_forbidden(world: World) -> None:
    vendor = actor_for(world.acme, world.office)

    refused(ForbiddenError, **move(submit_order, world, issued(world), actor=vendor))


def test_acknowledging_by_the_buyer_is_forbidden(world: World) -> None:
    refused(ForbiddenError, **move(acknowledge_order, world, issued(world), answer=ACCEPTED))


def test_acknowledging_by_another_vendor_is_not_found(world: World) -> None:
    globex = actor_for(world.globex, world.office)
    asked = move(acknowledge_order, world, issued(world), actor=globex, answer=ACCEPTED)

    refused(NotFoundError, **asked)


def test_move_in_a_closed_project_is_refused(world: World) -> None:
    order = drafted(world)
    actor = dataclasses.replace(actor_for(world.erp, world.office), open_projects=frozenset())

    refused(ProjectClosedError, **move(submit_order, world, order, actor=actor))


def test_move_needs_to_know_the_revision(world: World) -> None:
    order = drafted(world)

    error = refused(
        PreconditionRequiredError,
        **move(submit_order, world, order, precondition=Precondition()),
    )

    assert error.status == 428


def test_move_from_a_stale_revision_is_refused_with_the_present_one(world: World) -> None:
    order = drafted(world)
    stale = Precondition(tags=frozenset({entity_tag(order.public_id, 7)}))

    error = refused(RevisionStaleError, **move(submit_order, world, order, precondition=stale))

    assert (error.status, error.extra) == (
        412,
        {"current_revision": 1, "current_etag": f'"{order.public_id}.1"'},
    )


def test_move_that_the_table_has_not_is_refused(world: World) -> None:
    error = refused(InvalidTransitionError, **move(issue_order, world, drafted(world)))

    assert error.extra == {
        "from": "draft",
        "to": "issued",
        "allowed": ["approved", "cancelled", "pending_approval"],
    }


def test_acknowledging_an_unknown_line_writes_nothing(world: World) -> None:
    vendor = actor_for(world.acme, world.office)
    answer = Answer(response="CA", lines=(LineAnswer(line_no=2, code="3"),))
    asked = move(acknowledge_order, world, issued(world), actor=vendor, answer=answer)

    error = refused(ValidationFailedError, **asked)

    assert [f.pointer for f in error.errors] == ["/lines/0/line_no"]
    assert Acknowledgement.objects.count() == 0
