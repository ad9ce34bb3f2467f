"""Invoices that were made to slip something past the match, or to stick."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from apps.core.errors import InvalidTransitionError
from apps.procurement.models import Invoice, MatchException
from apps.procurement.policy.changes import ChangeDraft, LineChange
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from apps.procurement.services import (
    accept_change,
    approve_invoice,
    match_invoice,
    reject_invoice,
)
from tests.factories.fulfilment import buyer_of, received
from tests.factories.invoices import (
    claimed,
    counts,
    credited,
    decided,
    invoiced,
    kinds,
    ready,
    resolved,
    seller_of,
    taken,
)
from tests.factories.procurement import asking, issued, line_draft, proposed
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def freight(amount: str) -> AdjustmentDraft:
    return AdjustmentDraft(reason="Freight", amount=Decimal(amount), tax=Tax("S", Decimal(25)))


def test_charge_nobody_agreed_to_is_found_on_a_part_of_the_order(world: World) -> None:
    order = issued(world)
    received(order, "20")

    invoice = invoiced(order, charges=(freight("400"),))

    assert kinds(invoice) == [("price", "85.00", "485.00", "")]


def test_cent_on_a_line_hides_no_charge(world: World) -> None:
    invoice = invoiced(ready(world), claimed("20", "4.2505"), charges=(freight("50000"),))

    assert kinds(invoice) == [
        ("price", "85.00", "85.01", ""),
        ("price", "85.01", "50085.01", ""),
    ]


def test_accepting_the_line_leaves_the_charge_to_decide_on(world: World) -> None:
    invoice = invoiced(ready(world), claimed("20", "4.2505"), charges=(freight("50000"),))
    resolved(MatchException.objects.get(invoice=invoice, line__isnull=False), world)

    assert decided(match_invoice, invoice, world).status == "exception"
    with pytest.raises(InvalidTransitionError):
        decided(approve_invoice, invoice, world)


def test_agreed_charge_is_claimed_once(world: World) -> None:
    order = ready(world, charges=(freight("10"),))

    first = invoiced(order, charges=(freight("10"),))
    second = invoiced(order, charges=(freight("10"),))

    assert (first.status, second.status) == ("matched", "exception")
    assert kinds(second) == [("price", "85.00", "95.00", "")]


def test_agreed_charge_is_claimed_anew_after_its_invoice_was_turned_down(world: World) -> None:
    order = ready(world, charges=(freight("10"),))
    decided(reject_invoice, invoiced(order, charges=(freight("10"),)), world)

    assert invoiced(order, charges=(freight("10"),)).status == "matched"


@pytest.fixture
def credited_and_removed(world: World) -> Invoice:
    """Names a line that was credited, and then taken out of the order."""
    order = issued(world, lines=(line_draft(), line_draft(line_no=2)))
    invoice = invoiced(order, claimed(), claimed(line_no=2))
    credited(invoice, taken("20", line_no=2))
    removal = ChangeDraft(lines=(LineChange(line_no=2, remove=True),))
    change = proposed(order, buyer_of(order), removal)
    accept_change(**asking(order, seller_of(order)), change_id=change.public_id)
    return invoice


@pytest.mark.parametrize(
    ("act", "status"), ((match_invoice, "exception"), (reject_invoice, "rejected"))
)
def test_invoice_is_decided_on_after_its_credited_line_was_removed(
    world: World, credited_and_removed: Invoice, act: Callable[..., Invoice], status: str
) -> None:
    assert decided(act, credited_and_removed, world).status == status


def test_invoice_is_matched_and_approved_by_the_lines_that_stand(
    world: World, credited_and_removed: Invoice
) -> None:
    received(credited_and_removed.order, "20")

    assert decided(match_invoice, credited_and_removed, world).status == "matched"
    assert decided(approve_invoice, credited_and_removed, world).status == "approved"


def test_rest_is_credited_after_a_credited_line_was_removed(
    credited_and_removed: Invoice,
) -> None:
    credited(credited_and_removed)

    credited_and_removed.refresh_from_db()
    assert credited_and_removed.status == "void"
    assert counts(credited_and_removed.order) == (0, 0)
