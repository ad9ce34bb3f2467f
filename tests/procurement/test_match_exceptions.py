"""Exceptions: who resolves them, what that lets happen, and what matching again makes of them."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, NotFoundError, ValidationFailedError
from apps.gateway.errors import RevisionStaleError
from apps.gateway.policy import Precondition, entity_tag
from apps.procurement.errors import SegregationOfDutiesError
from apps.procurement.models import Invoice, MatchException
from apps.procurement.services import approve_invoice, match_invoice, reject_invoice
from apps.procurement.states import Resolution
from tests.factories.fulfilment import received
from tests.factories.invoices import (
    claimed,
    credited,
    decided,
    decider,
    invoiced,
    kinds,
    ready,
    resolved,
    seller_of,
    taken,
)
from tests.factories.procurement import issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(world: World) -> Invoice:
    """Twenty pieces, of which twelve came."""
    order = issued(world)
    received(order, "12")
    return invoiced(order)


@pytest.fixture
def exception(invoice: Invoice) -> MatchException:
    return invoice.exceptions.get()


def test_accepted_exception_lets_the_invoice_be_approved(
    world: World, invoice: Invoice, exception: MatchException
) -> None:
    with pytest.raises(InvalidTransitionError) as refused:
        decided(approve_invoice, invoice, world)
    assert refused.value.extra["exceptions"] == [exception.public_id]

    kept = resolved(exception, world)

    assert (kept.resolution, kept.revision, kept.note) == ("accepted", 2, "Agreed by telephone")
    assert decided(approve_invoice, invoice, world).status == "approved"


def test_exception_that_was_not_accepted_keeps_the_invoice_from_approval(
    world: World, invoice: Invoice, exception: MatchException
) -> None:
    resolved(exception, world, Resolution.REJECTED)

    with pytest.raises(InvalidTransitionError):
        decided(approve_invoice, invoice, world)

    assert decided(reject_invoice, invoice, world).status == "rejected"


def test_resolution_is_in_the_trail_and_its_note_is_the_buyers(
    world: World, invoice: Invoice, exception: MatchException
) -> None:
    approver = decider(world)

    resolved(exception, world, actor=approver)

    event = Event.objects.get(action=Action.INVOICE_EXCEPTION_RESOLVED)
    assert (event.data["exception"], event.data["kind"]) == (exception.public_id, "quantity")
    assert (event.data["resolution"], event.session_id) == ("accepted", approver.session_id)
    assert "telephone" not in str(event.data)
    assert event.private["note"] == "Agreed by telephone"
    revision = invoice.revision
    invoice.refresh_from_db()
    assert invoice.revision == revision + 1


def test_vendor_resolves_nothing(world: World, exception: MatchException) -> None:
    with pytest.raises(SegregationOfDutiesError):
        resolved(exception, world, actor=seller_of(exception.invoice.order))


def test_session_that_submitted_resolves_nothing(world: World, exception: MatchException) -> None:
    submitted = exception.invoice.created_by_session_id
    same = Actor(**{**vars(decider(world)), "session_id": submitted})

    with pytest.raises(SegregationOfDutiesError):
        resolved(exception, world, actor=same)


def test_exception_is_resolved_once(world: World, exception: MatchException) -> None:
    resolved(exception, world)

    with pytest.raises(InvalidTransitionError) as refused:
        resolved(exception, world, Resolution.REJECTED)

    assert refused.value.extra == {"from": "accepted", "to": "rejected", "allowed": []}


def test_exception_of_a_rejected_invoice_is_not_resolved(
    world: World, invoice: Invoice, exception: MatchException
) -> None:
    decided(reject_invoice, invoice, world)

    with pytest.raises(InvalidTransitionError):
        resolved(exception, world)


def test_resolution_asks_for_what_was_seen(world: World, exception: MatchException) -> None:
    stale = Precondition(tags=frozenset({entity_tag(exception.public_id, 7)}))

    with pytest.raises(RevisionStaleError):
        resolved(exception, world, precondition=stale)


def test_resolution_without_a_reason_is_refused(world: World, exception: MatchException) -> None:
    with pytest.raises(ValidationFailedError):
        resolved(exception, world, note=" ")


@pytest.mark.parametrize("unknown", ("mex_x", "", "mex_01J8Z3K4M5N6P7Q8R9S0T1V2W3"))
def test_unknown_exception_is_not_found(
    world: World, exception: MatchException, unknown: str
) -> None:
    with pytest.raises(NotFoundError):
        resolved(exception, world, exception_id=unknown)


def test_exception_is_found_at_its_own_invoice_only(
    world: World, exception: MatchException
) -> None:
    other = invoiced(ready(world))

    with pytest.raises(NotFoundError):
        resolved(exception, world, invoice_id=other.public_id)


# --- Matching again; by receipts: tests/procurement/test_rematching.py ---------------------------


def test_matching_again_what_has_not_changed_leaves_it_open(world: World, invoice: Invoice) -> None:
    again = decided(match_invoice, invoice, world)

    assert (again.status, kinds(invoice)) == ("exception", [("quantity", "12", "20", "")])


def test_what_was_accepted_stays_so_as_long_as_it_is_the_same(
    world: World, invoice: Invoice, exception: MatchException
) -> None:
    resolved(exception, world)

    decided(match_invoice, invoice, world)
    assert kinds(invoice) == [("quantity", "12", "20", "accepted")]

    received(invoice.order, "1")
    decided(match_invoice, invoice, world)
    assert kinds(invoice) == [
        ("quantity", "12", "20", "accepted"),
        ("quantity", "13", "20", ""),
    ]


def test_what_was_not_accepted_holds_nothing_up_once_it_is_gone(
    world: World, invoice: Invoice, exception: MatchException
) -> None:
    resolved(exception, world, Resolution.REJECTED)
    received(invoice.order, "8")

    assert decided(match_invoice, invoice, world).status == "matched"
    assert kinds(invoice) == [("quantity", "12", "20", "rejected")]
    assert decided(approve_invoice, invoice, world).status == "approved"


def test_credit_note_corrects_the_price(world: World) -> None:
    invoice = invoiced(ready(world), claimed("20", "4.50"))
    assert kinds(invoice) == [("price", "85.00", "90.00", "")]

    credited(invoice, taken("0", "5.00"))

    invoice.refresh_from_db()
    assert (invoice.status, kinds(invoice)) == (
        "matched",
        [("price", "85.00", "90.00", "corrected")],
    )


def test_credit_note_on_a_matched_invoice_leaves_it_matched(world: World) -> None:
    invoice = invoiced(ready(world))

    credited(invoice, taken("5"))

    invoice.refresh_from_db()
    assert (invoice.status, invoice.credited_exclusive) == ("matched", Decimal("21.25"))


@pytest.mark.parametrize(
    "fields",
    (
        {"resolution": ""},  # A second open one of the same kind and line.
        {"resolution": "accepted"},  # Resolved at no time.
        {"kind": "no_po"},
    ),
)
def test_database_itself_refuses_an_exception_that_cannot_be(
    exception: MatchException, fields: dict[str, Any]
) -> None:
    said = {"invoice": exception.invoice, "line": exception.line, "kind": "quantity"}

    with pytest.raises(IntegrityError, match="procurement_exception"), transaction.atomic():
        MatchException.objects.create(
            **{
                **said,
                "actual": "1",
                "created_at": exception.created_at,
                "updated_at": exception.created_at,
                **fields,
            }
        )
