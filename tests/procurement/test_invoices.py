"""Invoices: what they count, what they refuse, who decides on them, and what they leave behind."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor, ActorKind
from apps.core.errors import (
    ConflictError,
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
from apps.partners.models import Role
from apps.procurement.errors import (
    CurrencyMismatchError,
    DuplicateInvoiceError,
    OrderOnHoldError,
    OverInvoiceError,
    ProjectClosedError,
    SegregationOfDutiesError,
)
from apps.procurement.models import Invoice, OrderRevision, PurchaseOrder
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from apps.procurement.services import (
    approve_invoice,
    close_order,
    hold_order,
    match_invoice,
    pay_invoice,
    reject_invoice,
    release_order,
)
from apps.procurement.services.facets import FULFILLED
from tests.factories.fulfilment import buyer_of, received, tolerance
from tests.factories.invoices import (
    TODAY,
    account,
    asked_of,
    claimed,
    counts,
    credited,
    day,
    decided,
    decider,
    invoiced,
    kinds,
    ready,
    seller_of,
    status_of,
)
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_person,
    drafted,
    issued,
    line_draft,
)
from tests.factories.world import World, partner, project

pytestmark = pytest.mark.django_db
VAT = Tax("S", Decimal(25))
ALL = claimed("120")


def faults(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in error.value.errors]


# --- Taking in ------------------------------------------------------------------------------------
def test_invoice_of_what_came_is_matched_and_counted(world: World) -> None:
    order = ready(world)
    before = PurchaseOrder.objects.get(pk=order.pk).revision

    invoice = invoiced(order)

    assert (invoice.status, invoice.number) == ("matched", f"INV-{datetime.now(UTC).year}-000001")
    assert (invoice.lines_net, invoice.tax_total, invoice.tax_inclusive) == (
        Decimal(85),
        Decimal("21.25"),
        Decimal("106.25"),
    )
    assert counts(order) == (20, 85)
    order.refresh_from_db()
    assert (order.billing_status, order.revision) == ("partial", before + 1)
    assert invoice.order_revision == order.revision
    assert OrderRevision.objects.filter(order=order).count() == 3  # Facets leave no context.


def test_invoice_and_its_match_are_in_the_trail(world: World) -> None:
    order = ready(world)
    actor = actor_for(world.acme, world.office, exercised="invoices:submit")

    invoice = invoiced(order, actor=actor)

    taken = Event.objects.get(action=Action.INVOICE_RECEIVED)
    matched = Event.objects.get(action=Action.INVOICE_MATCHED)
    assert (taken.data["invoice"], taken.data["order"]) == (invoice.public_id, order.public_id)
    assert (taken.data["status"], matched.data["status"]) == ("received", "matched")
    assert taken.data["scopes_exercised"] == ["invoices:submit"]
    assert taken.session_id == invoice.created_by_session_id == actor.session_id
    assert matched.data["exceptions"] == []


def test_invoice_of_what_did_not_come_is_an_exception(world: World) -> None:
    order = issued(world)
    received(order, "15", "3")

    invoice = invoiced(order)

    assert invoice.status == "exception"
    assert kinds(invoice) == [("quantity", "12", "20", "")]
    assert counts(order) == (20, 85)
    told = Event.objects.get(action=Action.INVOICE_EXCEPTION).data["exceptions"]
    assert told == [{"kind": "quantity", "line_no": 1, "expected": "12", "actual": "20"}]


def test_invoice_beyond_what_was_ordered_is_refused(world: World) -> None:
    order = ready(world)
    invoiced(order, claimed("100"))

    with pytest.raises(OverInvoiceError) as refused:
        invoiced(order, claimed("21"))

    assert faults(refused) == [("/lines/0/quantity", "over-invoice")]
    assert counts(order) == (100, 425)


def test_prices_beyond_what_a_line_can_count_are_refused(world: World) -> None:
    order = ready(world)
    slip = claimed("1", "799999999999999")
    assert invoiced(order, slip).status == "exception"

    with pytest.raises(ValidationFailedError) as refused:
        invoiced(order, slip)

    assert faults(refused) == [("/lines/0", "too-large")]


def test_two_way_line_waits_for_no_receipt(world: World) -> None:
    tolerance(world, two_way=True)

    assert invoiced(issued(world)).status == "matched"


def test_price_over_its_tolerance_waits_for_somebody(world: World) -> None:
    tolerance(world, price_percent=Decimal(1))
    order = ready(world)

    within, beyond = (
        invoiced(order, claimed("20", "4.2925")),
        invoiced(order, claimed("20", "4.2930")),
    )

    assert (within.status, beyond.status) == ("matched", "exception")
    assert kinds(beyond) == [("price", "85.00", "85.86", "")]


def test_discount_on_the_whole_is_claimed_back_with_the_last_invoice(world: World) -> None:
    discount = AdjustmentDraft(reason="Discount", amount=Decimal(10), tax=VAT)
    honest, greedy = (ready(world, allowances=(discount,)) for _ in range(2))

    assert invoiced(honest, ALL, allowances=(discount,)).status == "matched"
    assert kinds(invoiced(greedy, ALL)) == [("price", "500.00", "510.00", "")]


def test_invoice_counts_after_those_before_it(world: World) -> None:
    order = issued(world)
    received(order, "20")
    first, second = invoiced(order), invoiced(order)

    again = decided(match_invoice, first, world)

    assert (again.status, second.status) == ("matched", "exception")
    assert kinds(second) == [("quantity", "0", "20", "")]


def test_order_of_another_vendor_is_not_found(world: World) -> None:
    order = ready(world)

    with pytest.raises(NotFoundError):
        invoiced(order, actor=actor_for(world.globex, world.office))


def test_buyer_does_not_invoice(world: World) -> None:
    order = ready(world)

    with pytest.raises(ForbiddenError):
        invoiced(order, actor=buyer_of(order))


@pytest.mark.parametrize(
    "status", ("approved", "change_requested", "declined", "closed", "cancelled")
)
def test_order_that_does_not_run_is_not_invoiced(world: World, status: str) -> None:
    order = ready(world)
    PurchaseOrder.objects.filter(pk=order.pk).update(status=status)

    with pytest.raises(InvalidTransitionError):
        invoiced(order)

    assert not Invoice.objects.exists()


def test_draft_order_is_not_there_for_its_vendor(world: World) -> None:
    with pytest.raises(NotFoundError):
        invoiced(drafted(world))


def test_held_order_is_not_invoiced(world: World) -> None:
    order = ready(world)
    hold_order(**asking(order, buyer_of(order)))

    with pytest.raises(OrderOnHoldError):
        invoiced(order)


def test_project_that_closed_is_not_invoiced_in(world: World) -> None:
    order, seller = ready(world), actor_for(world.acme, world.office)
    left = Actor(**{**vars(seller), "open_projects": frozenset()})

    with pytest.raises(ProjectClosedError):
        invoiced(order, actor=left)


def test_other_currency_than_the_orders_is_refused(world: World) -> None:
    with pytest.raises(CurrencyMismatchError) as refused:
        invoiced(ready(world), currency="SEK")

    assert refused.value.extra == {"currency": "EUR"}


def test_other_vendor_than_oneself_is_refused(world: World) -> None:
    order = ready(world)

    with pytest.raises(PrincipalMismatchError):
        invoiced(order, vendor=world.globex.public_id)
    assert invoiced(order, vendor=world.acme.public_id, currency="EUR").vendor == world.acme


# --- The same number twice (2d no. 8) -------------------------------------------------------------
@pytest.mark.parametrize("number", ("INV-001", "inv 001", "Inv/001"))
def test_number_is_used_once_a_year_however_it_is_written(world: World, number: str) -> None:
    order = ready(world)
    invoiced(order, vendor_number="INV-001", issue_date=day(1, 1))

    with pytest.raises(DuplicateInvoiceError) as refused:
        invoiced(order, vendor_number=number, issue_date=day(12, 31))

    assert faults(refused) == [("/vendor_number", "duplicate-invoice")]
    assert counts(order) == (20, 85)


def test_number_is_used_again_in_another_year_or_type(world: World) -> None:
    order = ready(world)
    invoiced(order, vendor_number="INV-001", issue_date=day(12, 31, years_ago=2))

    next_year = invoiced(order, vendor_number="INV-001", issue_date=day(1, 1))
    corrected = invoiced(
        order, vendor_number="INV-001", issue_date=day(1, 5, years_ago=2), document_type="384"
    )

    assert (next_year.status, corrected.status) == ("matched", "matched")


def test_number_is_used_by_every_vendor(world: World) -> None:
    invoiced(ready(world), vendor_number="INV-001", issue_date=day(1, 1))
    other = ready(world, vendor=world.globex.public_id)

    assert invoiced(other, vendor_number="INV-001", issue_date=day(1, 1)).status == "matched"


def test_number_is_used_once_over_all_orders_and_refusals_leave_no_gap(world: World) -> None:
    one, other = ready(world), ready(world)
    invoiced(one, vendor_number="INV-001", issue_date=day(1, 1))

    with pytest.raises(DuplicateInvoiceError):
        invoiced(other, vendor_number="inv001", issue_date=day(6, 1))

    assert invoiced(other).number.endswith("-000002")


def test_database_itself_refuses_the_same_number(world: World) -> None:
    first = invoiced(ready(world), vendor_number="INV-001", issue_date=day(1, 1))
    first.pk, first.number, first.order_revision = None, "X", 99
    second = Invoice(**{f.attname: getattr(first, f.attname) for f in Invoice._meta.fields[1:]})  # noqa: SLF001 -- Django's documented name

    with pytest.raises(IntegrityError, match="procurement_invoice_once"), transaction.atomic():
        second.save(force_insert=True)


def test_same_amount_and_day_raises_an_exception_and_no_block(world: World) -> None:
    one, other = ready(world), ready(world)
    first = invoiced(one, issue_date=day(1, 1))

    second = invoiced(other, issue_date=day(1, 1))

    assert kinds(second) == [("duplicate", "", first.number, "")]
    assert kinds(invoiced(other, claimed("21"), issue_date=day(1, 1))) == []


# --- Days of issue --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("days", "code"), ((8, "too-late"), (3000, "too-late"), (-3653, "too-early"))
)
def test_document_of_a_far_day_is_refused(world: World, days: int, code: str) -> None:
    order, far = ready(world), TODAY + timedelta(days=days)
    invoice = invoiced(order)

    with pytest.raises(ValidationFailedError) as refused:
        invoiced(order, issue_date=far)
    with pytest.raises(ValidationFailedError) as refused_too:
        credited(invoice, issue_date=far)

    assert faults(refused) == faults(refused_too) == [("/issue_date", code)]


@pytest.mark.parametrize("days", (7, -3652))
def test_document_of_the_last_day_allowed_is_taken_in(world: World, days: int) -> None:
    last = TODAY + timedelta(days=days)

    invoice = invoiced(ready(world), issue_date=last)

    assert (invoice.issue_date, credited(invoice, issue_date=last).issue_date) == (last, last)


# --- Bank accounts (2d no. 10) --------------------------------------------------------------------
def test_account_that_may_be_paid_to_is_kept(world: World, at: datetime) -> None:
    order = ready(world)
    paid_to = account(order, at)

    invoice = invoiced(order, bank_account=paid_to.public_id)

    assert invoice.bank_account == paid_to


def test_account_that_may_not_be_paid_to_is_refused(world: World) -> None:
    order, now = ready(world), datetime.now(tz=UTC)
    other = ready(world, vendor=world.globex.public_id)
    cooling = account(order, now, effective_from=now + timedelta(hours=48))
    retired = account(order, now, retired_from=now)
    theirs = account(other, now)

    for unusable in (cooling.public_id, retired.public_id, theirs.public_id, "bnk_x"):
        with pytest.raises(ValidationFailedError) as refused:
            invoiced(order, bank_account=unusable)
        assert faults(refused) == [("/bank_account", "not-payable")]


def test_account_that_was_retired_since_is_not_paid_to(world: World) -> None:
    order, now = ready(world), datetime.now(tz=UTC)
    paid_to = account(order, now)
    invoice = invoiced(order, bank_account=paid_to.public_id)
    decided(approve_invoice, invoice, world)
    paid_to.retired_from = now
    paid_to.save()

    with pytest.raises(ConflictError) as refused:
        decided(pay_invoice, invoice, world)

    assert refused.value.extra["account_status"] == "retired"
    assert status_of(invoice) == "approved"


# --- Deciding -------------------------------------------------------------------------------------
def test_matched_invoice_is_approved_and_paid(world: World) -> None:
    invoice = invoiced(ready(world))
    account(invoice.order, invoice.created_at)
    approver, payer = decider(world), buyer_person(world, "cash@nordwind.example")

    approved = decided(approve_invoice, invoice, world, actor=approver)
    paid = decided(pay_invoice, invoice, world, actor=payer, reference="SEPA-1")

    assert (approved.status, paid.status, paid.payment_reference) == ("approved", "paid", "SEPA-1")
    assert paid.approved_by_session_id == approver.session_id
    assert paid.paid_by_session_id == payer.session_id
    assert [
        Event.objects.get(action=action).session_id
        for action in (Action.INVOICE_APPROVED, Action.INVOICE_PAID)
    ] == [approver.session_id, payer.session_id]


def test_rejected_invoice_frees_what_it_claimed(world: World) -> None:
    order = ready(world)
    invoice = invoiced(order, ALL)

    rejected = decided(reject_invoice, invoice, world, reason="Wrong address")

    assert (rejected.status, rejected.rejection_reason) == ("rejected", "Wrong address")
    assert counts(order) == (0, 0)
    order.refresh_from_db()
    assert (order.status, order.billing_status) == ("issued", "none")
    assert invoiced(order, ALL).status == "matched"


def test_rejection_without_a_reason_is_refused(world: World) -> None:
    invoice = invoiced(ready(world))

    with pytest.raises(ValidationFailedError) as refused:
        decided(reject_invoice, invoice, world, reason="  ")

    assert faults(refused) == [("/reason", "required")]


@pytest.mark.parametrize("act", (approve_invoice, reject_invoice, pay_invoice, match_invoice))
def test_vendor_never_decides(world: World, act: Callable[..., Invoice]) -> None:
    invoice = invoiced(ready(world))

    with pytest.raises(SegregationOfDutiesError):
        decided(act, invoice, world, actor=seller_of(invoice.order))


@pytest.mark.parametrize("act", (approve_invoice, reject_invoice, pay_invoice, match_invoice))
def test_other_vendor_finds_nothing_to_decide_on(world: World, act: Callable[..., Invoice]) -> None:
    invoice = invoiced(ready(world))

    with pytest.raises(NotFoundError):
        decided(act, invoice, world, actor=actor_for(world.globex, world.office))


@pytest.mark.parametrize("act", (approve_invoice, reject_invoice, pay_invoice, match_invoice))
def test_who_submitted_it_does_not_decide(world: World, act: Callable[..., Invoice]) -> None:
    invoice = invoiced(ready(world))
    person_too = buyer_person(world, "both@nordwind.example")
    session = invoice.created_by_session
    same_session = buyer_person(world, "b@nordwind.example", session_id=session.pk)
    session.user_id = person_too.user_id
    session.client_id = None
    session.kind = "user"
    session.save()

    for actor in (same_session, person_too):
        with pytest.raises(SegregationOfDutiesError):
            decided(act, invoice, world, actor=actor)


def test_database_itself_refuses_a_session_that_approves_its_own(world: World) -> None:
    invoice = invoiced(ready(world))

    with pytest.raises(IntegrityError, match="procurement_invoice_duties"), transaction.atomic():
        Invoice.objects.update(
            status="approved",
            approved_at=invoice.created_at,
            approved_by_session=invoice.created_by_session,
        )


@pytest.mark.parametrize(
    ("role", "allowed"), ((Role.APPROVER_ADMIN, True), (Role.EDITOR, False), (Role.VIEWER, False))
)
def test_of_the_staff_administrators_decide(world: World, role: Role, *, allowed: bool) -> None:
    invoice = invoiced(ready(world))
    actor = buyer_person(world, "s@nordwind.example", role, kind=ActorKind.STAFF)

    if allowed:
        assert decided(approve_invoice, invoice, world, actor=actor).status == "approved"
        return
    with pytest.raises(ForbiddenError):
        decided(approve_invoice, invoice, world, actor=actor)


@pytest.mark.parametrize("act", (approve_invoice, reject_invoice, pay_invoice, match_invoice))
@pytest.mark.parametrize(
    ("seen", "refusal"),
    (
        (Precondition(), PreconditionRequiredError),
        (Precondition(tags=frozenset({'"inv_x.1"'})), RevisionStaleError),
    ),
)
def test_act_asks_for_what_was_seen(
    world: World, act: Callable[..., Invoice], seen: Precondition, refusal: type[DomainError]
) -> None:
    invoice = invoiced(ready(world))

    with pytest.raises(refusal):
        decided(act, invoice, world, precondition=seen)


def test_act_counts_a_write_of_the_invoice(world: World) -> None:
    invoice = invoiced(ready(world))
    seen = Precondition(tags=frozenset({entity_tag(invoice.public_id, invoice.revision)}))

    approved = decided(approve_invoice, invoice, world, precondition=seen)

    assert approved.revision == invoice.revision + 1


@pytest.mark.parametrize("act", (approve_invoice, pay_invoice))
def test_nothing_is_approved_or_paid_on_a_held_order(
    world: World, act: Callable[..., Invoice]
) -> None:
    order = ready(world)
    invoice = invoiced(order)
    account(order, invoice.created_at)
    if act is pay_invoice:
        decided(approve_invoice, invoice, world)
    hold_order(**asking(order, buyer_of(order)))

    with pytest.raises(OrderOnHoldError):
        decided(act, invoice, world)

    release_order(**asking(order, buyer_of(order)))
    assert decided(act, invoice, world).status in {"approved", "paid"}


ACTS = {
    "match": match_invoice,
    "approve": approve_invoice,
    "reject": reject_invoice,
    "pay": pay_invoice,
}
REACHED = {
    ("matched", "match"): "matched",
    ("matched", "approve"): "approved",
    ("matched", "reject"): "rejected",
    ("exception", "match"): "matched",  # Nothing is found any more.
    ("exception", "approve"): "approved",  # Nothing is open.
    ("exception", "reject"): "rejected",
    ("approved", "pay"): "paid",
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("status", ("matched", "exception", "approved", "paid", "rejected", "void"))
def test_act_moves_the_invoice_or_is_refused(world: World, status: str, act: str) -> None:
    invoice = invoiced(ready(world))
    session, at = decider(world).session_id, invoice.created_at
    account(invoice.order, at)
    Invoice.objects.update(
        status=status,
        approved_by_session=session,
        approved_at=at,
        paid_by_session=session,
        paid_at=at,
        rejected_at=at,
        rejection_reason="No",
    )

    if (status, act) in REACHED:
        assert decided(ACTS[act], invoice, world).status == REACHED[status, act]
        return
    with pytest.raises(InvalidTransitionError) as refused:
        decided(ACTS[act], invoice, world)
    assert refused.value.extra["from"] == status
    assert status_of(invoice) == status


# --- Closing the order ----------------------------------------------------------------------------
def test_order_closes_when_its_last_invoice_is_approved(world: World) -> None:
    order = ready(world)
    first, last = invoiced(order, claimed("100")), invoiced(order, claimed("20"))
    order.refresh_from_db()
    assert (order.status, order.billing_status) == ("issued", "full")
    decided(approve_invoice, last, world)
    order.refresh_from_db()
    assert order.status == "issued"

    approver = decider(world)
    decided(approve_invoice, first, world, actor=approver)

    order.refresh_from_db()
    assert order.status == "closed"
    context = OrderRevision.objects.get(order=order, act="close")
    assert (context.reason, context.session_id) == (FULFILLED, approver.session_id)
    account(order, first.created_at)
    assert decided(pay_invoice, first, world).status == "paid"


def test_invoice_of_an_order_that_was_closed_by_hand_is_in_dispute(world: World) -> None:
    order = ready(world)
    invoice = invoiced(order)
    close_order(**asking(order, buyer_of(order)))

    again = decided(match_invoice, invoice, world)

    assert again.status == "exception"
    assert kinds(invoice) == [("closed_po", "issued", "closed", "")]


def test_lines_of_two_prices_and_taxes_are_counted_each(world: World) -> None:
    low = Tax("S", Decimal(12))
    lines = (line_draft(), line_draft(line_no=2, quantity=Decimal(3), uom="KGM", tax=low))
    order = issued(world, lines=lines)

    invoice = invoiced(order, claimed(), claimed("1.125", line_no=2, tax=low))

    assert [(t.rate, t.taxable, t.tax) for t in invoice.taxes.all()] == [
        (12, Decimal("4.78"), Decimal("0.57")),
        (25, 85, Decimal("21.25")),
    ]
    assert counts(order, 2) == (Decimal("1.125"), Decimal("4.78"))


def test_buyer_of_another_project_sees_no_invoice(world: World) -> None:
    invoice = invoiced(ready(world))
    fleet = project("FLEET", world.buyer, world.erp)

    with pytest.raises(NotFoundError):
        approve_invoice(**asked_of(invoice, actor_for(partner("Other"), fleet)))
