"""Money claimed twice for the same pieces, and money moved after it was agreed to."""

from decimal import Decimal
from typing import Any

import pytest

from apps.core.errors import InvalidTransitionError, ValidationFailedError
from apps.procurement.models import Invoice, InvoiceLine, MatchException
from apps.procurement.services import (
    accept_change,
    approve_invoice,
    cancel_order,
    close_order,
    match_invoice,
    pay_invoice,
)
from apps.procurement.states import Resolution
from tests.factories.fulfilment import buyer_of, received
from tests.factories.invoices import (
    account,
    claimed,
    counts,
    credited,
    decided,
    invoiced,
    kinds,
    ready,
    resolved,
    seller_of,
    status_of,
    taken,
)
from tests.factories.procurement import asking, changed, issued, line_draft, proposed
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def paid(world: World, invoice: Invoice) -> Invoice:
    account(invoice.order, invoice.created_at)
    decided(approve_invoice, invoice, world)
    return decided(pay_invoice, invoice, world)


def faults(error: pytest.ExceptionInfo[Any]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in error.value.errors]


# --- Credit notes that free pieces and keep the money ---------------------------------------------
@pytest.mark.parametrize("net", ("0", "84.99"))
def test_pieces_are_not_freed_for_less_than_they_cost(world: World, net: str) -> None:
    order = issued(world)
    received(order, "20")
    invoice = paid(world, invoiced(order))

    with pytest.raises(ValidationFailedError) as refused:
        credited(invoice, taken("20", net))

    assert faults(refused) == [("/lines/0/net", "too-little")]
    assert counts(order) == (20, 85)


@pytest.mark.parametrize(("pieces", "least"), (("8", "34.00"), ("1", "4.25"), ("19", "80.75")))
def test_part_of_the_pieces_takes_its_share_of_the_money(
    world: World, pieces: str, least: str
) -> None:
    invoice = invoiced(ready(world))

    with pytest.raises(ValidationFailedError) as refused:
        credited(invoice, taken(pieces, str(Decimal(least) - Decimal("0.01"))))
    assert faults(refused) == [("/lines/0/net", "too-little")]

    assert credited(invoice, taken(pieces, least)).lines_net == Decimal(least)


def test_pieces_too_cheap_to_round_are_not_freed_one_by_one(world: World) -> None:
    order = ready(world, lines=(line_draft(quantity=Decimal(120), unit_price=Decimal("0.004")),))
    invoice = invoiced(order, claimed("120", "0.004"))  # 0.48

    credited(invoice, taken("1", "0"))
    with pytest.raises(ValidationFailedError):
        credited(invoice, taken("1", "0"))

    assert counts(order) == (119, Decimal("0.48"))


def test_share_is_of_the_price_as_it_was_corrected(world: World) -> None:
    invoice = invoiced(ready(world), claimed("20", "4.50"))
    credited(invoice, taken("0", "5.00"))

    assert credited(invoice, taken("8")).lines_net == 34
    with pytest.raises(ValidationFailedError):
        credited(invoice, taken("4", "16.99"))


def test_more_money_than_the_pieces_cost_may_go_back(world: World) -> None:
    order = ready(world)
    invoice = invoiced(order)

    credited(invoice, taken("5", "30"))

    assert counts(order) == (15, 55)


def test_money_kept_for_pieces_that_were_freed_counts_against_the_next_invoice(
    world: World,
) -> None:
    order = ready(world)
    first = invoiced(order)
    InvoiceLine.objects.filter(invoice=first).update(quantity_credited=20)  # As it once could be.

    second = invoiced(order)

    assert kinds(second) == [("price", "0.00", "85.00", "")]


def test_price_that_was_accepted_is_not_held_against_the_next_invoice(world: World) -> None:
    order = ready(world)
    dear = invoiced(order, claimed("20", "5.00"))
    resolved(MatchException.objects.get(invoice=dear), world)

    assert invoiced(order).status == "matched"


# --- Rounding of parts ----------------------------------------------------------------------------
def test_part_of_a_price_per_dozen_is_rounded_once(world: World) -> None:
    line = line_draft(
        quantity=Decimal(36), unit_price=Decimal("1.21"), price_base_quantity=Decimal(12)
    )
    order = issued(world, lines=(line,))
    received(order, "36")

    half = claimed("18", "1.21", price_base_quantity=Decimal(12))

    assert [invoiced(order, half).status for _ in range(2)] == ["matched", "exception"]


def test_parts_that_round_up_match_until_the_lines_amount_is_reached(world: World) -> None:
    order = issued(world, lines=(line_draft(quantity=Decimal(3), unit_price=Decimal("3.335")),))
    received(order, "3")
    piece = claimed("1", "3.335")

    first, second, third = (invoiced(order, piece) for _ in range(3))

    assert (first.status, second.status) == ("matched", "matched")
    assert kinds(third) == [
        ("price", "3.33", "3.34", ""),  # 10.01 in all, exactly (2d no. 3, ADR 0014).
    ]


# --- Approving what does not match any more -------------------------------------------------------
def test_invoice_is_not_approved_at_a_price_that_was_lowered_since(world: World) -> None:
    order = ready(world)
    invoice = invoiced(order)
    change = proposed(order, buyer_of(order), changed(unit_price=Decimal("4.00")))
    accept_change(**asking(order, seller_of(order)), change_id=change.public_id)

    with pytest.raises(InvalidTransitionError) as refused:
        decided(approve_invoice, invoice, world)

    assert refused.value.extra["found"] == [
        {"kind": "price", "line_no": 1, "expected": "80.00", "actual": "85.00"}
    ]
    assert decided(match_invoice, invoice, world).status == "exception"


def test_invoice_of_an_order_closed_since_is_approved_once_that_was_accepted(world: World) -> None:
    order = ready(world)
    invoice = invoiced(order)
    close_order(**asking(order, buyer_of(order)))

    with pytest.raises(InvalidTransitionError):
        decided(approve_invoice, invoice, world)
    decided(match_invoice, invoice, world)
    resolved(MatchException.objects.get(invoice=invoice), world)

    assert decided(approve_invoice, invoice, world).status == "approved"


# --- What somebody said stays -----------------------------------------------------------------
def test_rejection_keeps_its_words_when_the_difference_changes(world: World) -> None:
    order = issued(world)
    received(order, "12")
    invoice = invoiced(order)
    kept = resolved(MatchException.objects.get(invoice=invoice), world, Resolution.REJECTED)
    received(order, "1")

    decided(match_invoice, invoice, world)

    assert kinds(invoice) == [("quantity", "12", "20", "rejected"), ("quantity", "13", "20", "")]
    before = (kept.revision, kept.resolved_at, kept.resolved_by_session_id, kept.note)
    kept.refresh_from_db()
    assert (kept.revision, kept.resolved_at, kept.resolved_by_session_id, kept.note) == before


def test_rejection_is_not_asked_about_again_while_nothing_changed(world: World) -> None:
    order = issued(world)
    received(order, "12")
    invoice = invoiced(order)
    resolved(MatchException.objects.get(invoice=invoice), world, Resolution.REJECTED)

    decided(match_invoice, invoice, world)

    assert kinds(invoice) == [("quantity", "12", "20", "rejected")]
    with pytest.raises(InvalidTransitionError):
        decided(approve_invoice, invoice, world)


# --- Cancelling what was paid on ------------------------------------------------------------------
def test_order_that_money_was_paid_on_is_not_cancelled(world: World) -> None:
    order = issued(world)
    line = MatchException.objects
    invoice = invoiced(order)  # Nothing came yet.
    resolved(line.get(invoice=invoice), world)
    paid(world, invoice)
    credited(invoice)
    assert (status_of(invoice), counts(order)) == ("void", (0, 0))

    with pytest.raises(InvalidTransitionError):
        cancel_order(**asking(order, buyer_of(order)))


def test_what_was_paid_and_credited_is_to_be_refunded(world: World) -> None:
    invoice = invoiced(ready(world))
    credited(invoice, taken("4"))  # Before it was paid: 21.25 is never paid.
    paid(world, invoice)
    invoice.refresh_from_db()
    assert (invoice.paid_total, invoice.refundable) == (85, 0)

    credited(invoice, taken("8"))

    invoice.refresh_from_db()
    assert (invoice.paid_total, invoice.refundable) == (85, Decimal("42.50"))
