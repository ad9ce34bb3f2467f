"""Receipts and their reversals: what they count, what they refuse, and what they leave behind."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidTransitionError,
    NotFoundError,
    ValidationFailedError,
)
from apps.gateway.errors import RevisionStaleError
from apps.gateway.policy import Precondition, entity_tag
from apps.partners.models import Role
from apps.procurement.errors import (
    OrderOnHoldError,
    OverReceiptError,
    ProjectClosedError,
    UnitNotAllowedError,
)
from apps.procurement.models import OrderRevision, PurchaseOrder, Receipt, ReceiptLine
from apps.procurement.services import (
    cancel_order,
    close_order,
    hold_order,
    issue_order,
    release_order,
    submit_order,
)
from apps.procurement.services.facets import FULFILLED
from tests.factories.fulfilment import (
    came,
    counted,
    invoice_counted,
    received,
    shipped,
    taken_back,
    tolerance,
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
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
BY_WEIGHT = {"uom": "KGM", "quantity": Decimal(100)}


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    """One hundred kilograms, which come in grams."""
    return issued(world, lines=(line_draft(**BY_WEIGHT),))


def facets(order: PurchaseOrder) -> tuple[str, str, str]:
    order.refresh_from_db()
    return order.status, order.receipt_status, order.billing_status


# --- Posting ------------------------------------------------------------------------------------


def test_receipt_counts_what_came_and_what_was_kept(order: PurchaseOrder) -> None:
    receipt = received(order, "40.5", "0.5")

    assert counted(order) == (Decimal("40.5"), Decimal(40))
    assert facets(order) == ("issued", "partial", "none")
    assert (receipt.status, receipt.revision, receipt.reversed_by_id) == ("posted", 1, None)
    assert receipt.number == f"RCP-{receipt.posted_at.year}-000001"
    line = receipt.lines.get()
    assert (line.quantity, line.rejected) == (Decimal("40.5"), Decimal("0.5"))


def test_receipt_counts_the_orders_revision_without_a_context(order: PurchaseOrder) -> None:
    before = order.revision

    receipt = received(order)

    order.refresh_from_db()
    assert (order.revision, order.context_revision) == (before + 1, before)
    assert receipt.order_revision == order.revision
    assert OrderRevision.objects.filter(order=order).count() == before


def test_receipt_is_one_event_with_session_and_scope(world: World, order: PurchaseOrder) -> None:
    erp = actor_for(world.erp, world.office, exercised="receipts:write")

    receipt = received(order, "2.5", "0.5", actor=erp)

    event = Event.objects.get(action=Action.RECEIPT_POSTED)
    assert (event.session_id, event.client_id) == (erp.session_id, erp.client_id)
    assert event.subject_id == receipt.public_id
    assert event.data == {
        "receipt": receipt.public_id,
        "number": receipt.number,
        "order": order.public_id,
        "order_revision": receipt.order_revision,
        "lines": [{"line_no": 1, "quantity": "2.5", "rejected": "0.5"}],
        "scopes_exercised": ["receipts:write"],
    }
    assert (receipt.created_by_session_id, receipt.receiver) == (erp.session_id, erp.id)


def test_receipts_are_numbered_beside_orders(world: World, order: PurchaseOrder) -> None:
    numbers = [received(order).number[-6:], received(order).number[-6:]]

    assert numbers == ["000001", "000002"]
    assert issued(world).number.endswith("000002")


@pytest.mark.parametrize("quantity", ("100.002", "100.001", "101"))
def test_receipt_above_what_was_ordered_is_refused(order: PurchaseOrder, quantity: str) -> None:
    """Vector of reference 2d no. 2: 100 ordered, 0 %, 100.002 must fail."""
    with pytest.raises(OverReceiptError) as refused:
        received(order, quantity)

    assert refused.value.extra == {
        "lines": [
            {
                "line_no": 1,
                "ordered": "100",
                "received": "0",
                "tolerance_percent": "0",
                "allowed": "100",
                "remaining": "100",
            }
        ]
    }
    assert [fault.pointer for fault in refused.value.errors] == ["/lines/0/quantity"]
    assert counted(order) == (0, 0)


def test_receipt_of_exactly_what_was_ordered_is_full(order: PurchaseOrder) -> None:
    received(order, "99.999")
    received(order, "0.001")

    assert facets(order) == ("issued", "full", "none")
    with pytest.raises(OverReceiptError):
        received(order, "0.001")


def test_full_line_is_told_before_the_unit(world: World) -> None:
    order = issued(world)
    received(order, "120")

    with pytest.raises(OverReceiptError):
        received(order, "0.001")


def test_unit_is_told_of_what_may_still_come(world: World) -> None:
    order = issued(world)
    received(order, "119")

    with pytest.raises(UnitNotAllowedError):
        received(order, "0.001")


def test_what_was_turned_away_may_come_again(order: PurchaseOrder) -> None:
    received(order, "100", "5")
    received(order, "5")

    assert counted(order) == (Decimal(105), Decimal(100))
    assert facets(order)[1] == "full"
    with pytest.raises(OverReceiptError):
        received(order, "1")


def test_what_is_turned_away_forever_is_refused_in_the_end(order: PurchaseOrder) -> None:
    most = "9999999999999"
    received(order, most, most)

    with pytest.raises(OverReceiptError):
        received(order, most, most)


def test_tolerance_lets_just_so_much_pass(world: World, order: PurchaseOrder) -> None:
    tolerance(world, over_receipt_percent=Decimal(5))
    received(order, "100")

    received(order, "5")

    assert facets(order)[1] == "over"
    with pytest.raises(OverReceiptError) as refused:
        received(order, "0.001")
    assert refused.value.extra["lines"][0]["allowed"] == "105"


def test_longest_category_decides_the_tolerance(world: World) -> None:
    tolerance(world, over_receipt_percent=Decimal(50))
    tolerance(world, "1411", over_receipt_percent=Decimal(1))
    lines = (
        line_draft(category="14111507", **BY_WEIGHT),
        line_draft(line_no=2, category="4321", **BY_WEIGHT),
    )
    order = issued(world, lines=lines)

    with pytest.raises(OverReceiptError) as refused:
        received(order, lines=(came("101.001"), came("150", line_no=2)))

    assert [line["line_no"] for line in refused.value.extra["lines"]] == [1]
    received(order, lines=(came("101"), came("150", line_no=2)))


@pytest.mark.parametrize(
    ("lines", "fault"),
    (
        ((came("0"),), ("/lines/0/quantity", "not-positive")),
        ((came("-1"),), ("/lines/0/quantity", "not-positive")),
        ((came("1", "1.1"),), ("/lines/0/rejected", "out-of-range")),
        ((came("1", "-1"),), ("/lines/0/rejected", "out-of-range")),
        ((came("1", reason="wet"),), ("/lines/0/reason", "nothing-rejected")),
        ((came("1"), came("2")), ("/lines/1/line_no", "duplicate")),
        ((came("1", line_no=7),), ("/lines/0/line_no", "not-found")),
    ),
)
def test_receipt_that_makes_no_sense_is_refused(
    order: PurchaseOrder, lines: Any, fault: tuple[str, str]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        received(order, lines=lines)

    assert [(found.pointer, found.code) for found in refused.value.errors] == [fault]
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(("quantity", "rejected"), (("1.0001", "0"), ("1", "0.0001")))
def test_receipt_finer_than_its_unit_is_refused(
    order: PurchaseOrder, quantity: str, rejected: str
) -> None:
    with pytest.raises(UnitNotAllowedError):
        received(order, quantity, rejected)


def test_receipt_names_a_shipment_of_its_order_that_stands(
    world: World, order: PurchaseOrder
) -> None:
    own, other = shipped(order), shipped(issued(world))

    assert received(order, shipment=own.public_id).shipment_id == own.pk
    with pytest.raises(ValidationFailedError) as refused:
        received(order, shipment=other.public_id)
    assert refused.value.errors[0].pointer == "/shipment"


# --- Where nothing is received ------------------------------------------------------------------


def test_nothing_is_received_on_an_order_that_does_not_run(world: World) -> None:
    erp = actor_for(world.erp, world.office)
    orders = {name: issued(world) for name in ("cancelled", "closed", "declined", "change")}
    cancel_order(**asking(orders["cancelled"], erp))
    close_order(**asking(orders["closed"], erp))
    acme = actor_for(world.acme, world.office)
    answered(orders["declined"], acme, "RE")
    answered(orders["change"], acme, "CA")
    draft = drafted(world, erp)
    approved = drafted(world, erp)
    submit_order(**asking(approved, erp))

    refusals = []
    for order in (*orders.values(), draft, approved):
        with pytest.raises(InvalidTransitionError) as refused:
            received(order, actor=erp)
        refusals.append((refused.value.extra["from"], refused.value.extra["to"]))

    assert refusals == [
        (status, "received")
        for status in (
            "cancelled", "closed", "declined", "change_requested", "draft", "approved",
        )
    ]  # fmt: skip
    issue_order(**asking(approved, erp))
    assert received(approved, actor=erp).status == "posted"


def test_nothing_is_received_while_an_order_is_held(world: World, order: PurchaseOrder) -> None:
    erp = actor_for(world.erp, world.office)
    hold_order(**asking(order, erp))

    with pytest.raises(OrderOnHoldError) as refused:
        received(order, actor=erp)

    assert refused.value.extra == {"holds": ["buyer_hold"]}
    release_order(**asking(order, erp))
    assert received(order, actor=erp).status == "posted"


def test_receipt_is_the_buyers_sides(world: World, order: PurchaseOrder) -> None:
    with pytest.raises(ForbiddenError):
        received(order, actor=actor_for(world.acme, world.office))
    with pytest.raises(NotFoundError):
        received(order, actor=actor_for(world.globex, world.office))
    assert received(order, actor=buyer_person(world, "el@nordwind.example", Role.EDITOR)).number


def test_order_of_another_project_is_not_found(world: World, order: PurchaseOrder) -> None:
    other = project("FLEET", world.buyer, world.erp)

    with pytest.raises(NotFoundError):
        received(order, actor=actor_for(world.erp, other))


def test_order_of_a_project_that_closed_is_refused(world: World, order: PurchaseOrder) -> None:
    erp = actor_for(world.erp, world.office)
    closed = Actor(**{**erp.__dict__, "open_projects": frozenset()})

    with pytest.raises(ProjectClosedError):
        received(order, actor=closed)


# --- Reversal -----------------------------------------------------------------------------------


def test_reversal_takes_the_whole_receipt_back(order: PurchaseOrder) -> None:
    receipt = received(order, "100", "10")

    reversal = taken_back(receipt)

    assert counted(order) == (0, 0)
    assert facets(order) == ("issued", "none", "none")
    line = reversal.lines.get()
    assert (reversal.status, line.quantity, line.rejected) == ("reversal", -100, -10)
    assert (reversal.reversal_of_id, reversal.reason) == (receipt.pk, "Counted twice")
    event = Event.objects.get(action=Action.RECEIPT_REVERSED)
    assert (event.subject_id, event.data["reverses"]) == (reversal.public_id, receipt.public_id)
    assert event.session_id == reversal.created_by_session_id
    assert received(order, "100").status == "posted"


def test_receipt_is_reversed_once_and_a_reversal_never(order: PurchaseOrder) -> None:
    receipt = received(order)
    reversal = taken_back(receipt)

    for done in (receipt, reversal):
        with pytest.raises(InvalidTransitionError) as refused:
            taken_back(done)
        assert refused.value.extra["to"] == "reversed"

    assert Receipt.objects.count() == 2


def test_reversal_wants_the_receipt_as_it_was_seen(order: PurchaseOrder) -> None:
    receipt = received(order)
    seen = Precondition(tags=frozenset({entity_tag(receipt.public_id, 1)}))
    taken_back(receipt, precondition=seen)

    with pytest.raises(RevisionStaleError):
        taken_back(receipt, precondition=seen)


def test_reversal_leaves_what_was_invoiced(world: World, order: PurchaseOrder) -> None:
    first, second = received(order, "60"), received(order, "40")
    invoice_counted(order, "50")

    with pytest.raises(ConflictError) as refused:
        taken_back(first)

    assert refused.value.extra == {
        "lines": [{"line_no": 1, "invoiced": "50", "accepted_after": "40"}]
    }
    assert taken_back(second).status == "reversal"
    tolerance(world, two_way=True)
    assert taken_back(first).status == "reversal"
    assert counted(order) == (0, 0)


def test_receipt_of_a_held_or_closed_order_stays(world: World, order: PurchaseOrder) -> None:
    erp, receipt = actor_for(world.erp, world.office), received(order)
    hold_order(**asking(order, erp))
    with pytest.raises(OrderOnHoldError):
        taken_back(receipt)
    release_order(**asking(order, erp))
    close_order(**asking(order, erp))

    with pytest.raises(InvalidTransitionError):
        taken_back(receipt)


def test_reversal_is_the_buyers_sides(world: World, order: PurchaseOrder) -> None:
    receipt = received(order)

    for company, refusal in ((world.acme, ForbiddenError), (world.globex, NotFoundError)):
        with pytest.raises(refusal):
            taken_back(receipt, actor=actor_for(company, world.office))

    assert Receipt.objects.count() == 1


# --- The order ----------------------------------------------------------------------------------


def test_order_closes_when_received_and_invoiced_in_full(
    world: World, order: PurchaseOrder
) -> None:
    acme = actor_for(world.acme, world.office)
    answered(order, acme, "AP")
    received(order, "60")
    invoice_counted(order, "100")
    change = proposed(order, acme, changed(quantity=Decimal(110)))

    receipt = received(order, "40")

    assert facets(order) == ("closed", "full", "full")
    kept = OrderRevision.objects.get(order=order, revision=order.revision)
    assert (kept.act, kept.status, kept.reason) == ("close", "closed", FULFILLED)
    assert kept.session_id == receipt.created_by_session_id
    assert (order.context_revision, receipt.order_revision) == (order.revision, order.revision)
    event = Event.objects.get(action=Action.ORDER_CLOSED)
    assert event.data["automatic"] is True
    assert event.data["changes_ended"] == [change.public_id]


def test_order_stays_open_while_something_kept_is_not_invoiced(
    world: World, order: PurchaseOrder
) -> None:
    tolerance(world, over_receipt_percent=Decimal(5))
    invoice_counted(order, "100")

    received(order, "105")

    assert facets(order) == ("issued", "over", "full")


# --- Rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ("receipt", "receiptline"))
@pytest.mark.parametrize("verb", ("UPDATE {} SET reason = 'x'", "DELETE FROM {}", "TRUNCATE {}"))
def test_receipts_are_written_once(order: PurchaseOrder, table: str, verb: str) -> None:
    received(order)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb.format(f'procurement_{table}')}{' CASCADE' * ('TR' in verb)}")


@pytest.mark.parametrize(("quantity", "rejected"), ((1, 2), (1, -1), (-1, 1), (-1, -2), (0, 0)))
def test_line_that_rejects_more_than_came_is_refused_by_the_database(
    order: PurchaseOrder, quantity: int, rejected: int
) -> None:
    kept = received(order)
    other = Receipt.objects.create(**{**_columns(kept), "id": Receipt().pk, "number": "X"})
    line = ReceiptLine(receipt=other, line=order.lines.get(), quantity=quantity, rejected=rejected)

    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()


def test_receipt_is_reversed_once_for_the_database_too(order: PurchaseOrder) -> None:
    receipt = received(order)
    taken_back(receipt)

    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.create(
            **{**_columns(receipt), "id": Receipt().pk, "number": "X", "reversal_of_id": receipt.pk}
        )


def _columns(receipt: Receipt) -> dict[str, Any]:
    names = [field.attname for field in Receipt._meta.concrete_fields]  # noqa: SLF001 -- Django's documented name
    return {name: getattr(receipt, name) for name in names}
