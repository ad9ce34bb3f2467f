"""Invoices that begin at the same moment, on a real database and in their own transactions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.errors import DomainError
from apps.gateway.policy import Precondition, entity_tag
from apps.procurement.models import (
    CreditNote,
    Invoice,
    InvoiceLine,
    MatchException,
    PurchaseOrder,
)
from apps.procurement.services import approve_invoice, reject_invoice, submit_invoice
from tests.factories.fulfilment import buyer_of, received, taken_back
from tests.factories.invoices import (
    claimed,
    counts,
    credited,
    day,
    decided,
    decider,
    invoice_draft,
    invoiced,
    ready,
    seller_of,
    taken,
)
from tests.factories.procurement import issued
from tests.factories.threads import at_once
from tests.factories.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(act: Callable[[], Any], said: str = "done") -> Callable[[], str]:
    """What the act does, or the code it is refused with."""

    def run() -> str:
        try:
            done = act()
        except DomainError as error:
            return error.code
        return str(getattr(done, "status", said))

    return run


@pytest.mark.parametrize("orders", (1, 2))
def test_same_invoice_sent_at_once_is_taken_in_once(orders: int) -> None:
    world = make_world()
    known = [ready(world) for _ in range(orders)]
    said = {"vendor_number": "INV-001", "issue_date": day(1, 1)}
    sellers = [seller_of(order) for order in known for _ in range(4 // orders)]
    targets = [order for order in known for _ in range(4 // orders)]

    answers = at_once(
        *(
            outcome(lambda order=order, actor=actor: invoiced(order, actor=actor, **said))  # type: ignore[misc]  # bound at once
            for order, actor in zip(targets, sellers, strict=True)
        )
    )

    assert sorted(answers) == ["duplicate-invoice"] * 3 + ["matched"]
    assert Invoice.objects.get().number.endswith("-000001")
    assert max(counts(order) for order in known) == (20, 85)


def test_invoices_to_the_exact_quantity_at_once_and_the_next_thousandth_refused() -> None:
    world = make_world()
    order = issued(world)
    received(order, "120")
    sellers = [seller_of(order) for _ in range(8)]

    answers = at_once(
        *(
            outcome(lambda actor=actor: invoiced(order, claimed("15"), actor=actor))  # type: ignore[misc]  # bound at once
            for actor in sellers
        )
    )

    assert answers == ["matched"] * 8
    assert counts(order) == (120, 510)
    assert outcome(lambda: invoiced(order, claimed("0.001")))() == "over-invoice"


def test_more_invoices_than_was_ordered_at_once_leave_what_fits() -> None:
    world = make_world()
    order = issued(world)
    received(order, "60")
    sellers = [seller_of(order) for _ in range(5)]

    answers = at_once(
        *(
            outcome(lambda actor=actor: invoiced(order, claimed("30"), actor=actor))  # type: ignore[misc]  # bound at once
            for actor in sellers
        )
    )

    assert sorted(answers) == ["exception", "exception", "matched", "matched", "over-invoice"]
    assert counts(order)[0] == 120


def test_approving_and_rejecting_at_once_leave_one() -> None:
    world = make_world()
    invoice = invoiced(ready(world))
    seen = Precondition(tags=frozenset({entity_tag(invoice.public_id, invoice.revision)}))
    actor = decider(world)

    def deciding(act: Callable[..., Invoice]) -> Callable[[], str]:
        return outcome(lambda: decided(act, invoice, world, actor=actor, precondition=seen))

    answers = at_once(deciding(approve_invoice), deciding(reject_invoice))

    invoice.refresh_from_db()
    assert sorted(answers) == sorted([invoice.status, "revision-stale"])
    assert counts(invoice.order)[0] == (0 if invoice.status == "rejected" else 20)


def test_credit_notes_at_once_take_back_no_more_than_there_is() -> None:
    world = make_world()
    order = ready(world)
    invoice = invoiced(order)
    sellers = [seller_of(order) for _ in range(4)]

    answers = at_once(
        *(
            outcome(lambda actor=actor: credited(invoice, taken("8"), actor=actor))  # type: ignore[misc]  # bound at once
            for actor in sellers
        )
    )

    assert sorted(answers) == ["done", "done", "validation-error", "validation-error"]
    assert counts(order) == (4, 17)
    assert (InvoiceLine.objects.get().quantity_credited, CreditNote.objects.count()) == (16, 2)


def test_reversal_and_invoice_at_once_leave_no_more_matched_than_accepted() -> None:
    world = make_world()
    order = issued(world)
    receipt, buyer, seller = received(order), buyer_of(order), seller_of(order)

    answers = at_once(
        outcome(lambda: taken_back(receipt, actor=buyer), "reversed"),
        outcome(lambda: invoiced(order, actor=seller)),
    )

    accepted = PurchaseOrder.objects.get(pk=order.pk).lines.get().quantity_accepted
    matched = Invoice.objects.filter(status="matched").count() * 20
    assert matched <= accepted, answers
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize("years", (0, 1))
def test_lookalikes_for_two_orders_at_once_leave_one_to_dispute(years: int) -> None:
    """At the turn of a year their numbers come from two sequences, which have two locks."""
    world = make_world()
    known = [ready(world) for _ in range(2)]
    sellers, today = [seller_of(order) for order in known], datetime.now(tz=UTC)
    times = [today, today + timedelta(days=366 * years)]
    drafts = [invoice_draft(order, issue_date=day(1, 1)) for order in known]
    asked = [
        {"actor": actor, "at": at, "draft": draft}
        for actor, at, draft in zip(sellers, times, drafts, strict=True)
    ]

    answers = at_once(*(outcome(lambda said=said: submit_invoice(**said)) for said in asked))  # type: ignore[misc]  # bound at once

    assert sorted(answers) == ["exception", "matched"]
    assert MatchException.objects.get().kind == "duplicate"
