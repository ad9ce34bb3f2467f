"""Changes of orders that count as one: no threshold is passed by ordering less first, or by
raising two halves.
"""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.actor import Actor
from apps.procurement.models import ApprovalStep, OrderChange, PurchaseOrder
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.services import (
    accept_change,
    approve_change,
    issue_order,
    refuse_change,
    submit_order,
    withdraw_change,
)
from tests.factories.policies import approval_rule, policy, rate
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    buyer_person,
    changed,
    line_draft,
    proposed,
)
from tests.factories.spending import draft_of, submitted
from tests.factories.world import World

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def erp(world: World) -> Actor:
    return actor_for(world.erp, world.office)


@pytest.fixture
def acme(world: World) -> Actor:
    return actor_for(world.acme, world.office)


@pytest.fixture
def ann(world: World) -> Actor:
    return buyer_person(world, "ann@nordwind.example")


@pytest.fixture
def thousand(world: World) -> None:
    approval_rule(world.buyer, amount_from=1000)


def running(world: World, erp: Actor, amount: str, **said: str) -> PurchaseOrder:
    return issue_order(**asking(submitted(world, erp, amount, **said), erp))


def priced(amount: str) -> ChangeDraft:
    return changed(unit_price=D(amount))


def approve(change: OrderChange, who: Actor) -> OrderChange:
    return approve_change(**asking(change.order, who), change_id=change.public_id)


def suspected() -> list[Event]:
    return list(Event.objects.filter(action=Action.ORDER_SPLITTING_SUSPECTED).order_by("id"))


@pytest.mark.usefixtures("thousand")
def test_increase_that_waits_to_be_accepted_counts_at_the_next_submission(
    world: World, erp: Actor, acme: Actor, ann: Actor
) -> None:
    first = running(world, erp, "500")
    change = approve(proposed(first, erp, priced("900")), ann)

    second = submitted(world, erp, "400")
    accept_change(**asking(first, acme), change_id=change.public_id)

    assert second.status == "pending_approval"
    [event] = suspected()
    assert (event.subject_id, event.private["with"]) == (second.public_id, [first.number])
    assert "1,300.00" in event.private["why"][0]


@pytest.mark.usefixtures("thousand")
@pytest.mark.parametrize(("price", "status"), (("599.99", "approved"), ("600", "pending_approval")))
def test_increase_that_waits_for_its_approval_counts_too(
    world: World, erp: Actor, price: str, status: str
) -> None:
    proposed(running(world, erp, "500"), erp, priced(price))

    assert submitted(world, erp, "400").status == status


@pytest.mark.usefixtures("thousand")
def test_decrease_that_is_not_accepted_yet_does_not_count(world: World, erp: Actor) -> None:
    proposed(running(world, erp, "600"), erp, priced("100"))

    assert submitted(world, erp, "400").status == "pending_approval"


@pytest.mark.usefixtures("thousand")
@pytest.mark.parametrize("end", (withdraw_change, refuse_change))
def test_increase_that_is_off_the_table_does_not_count(
    world: World, erp: Actor, acme: Actor, ann: Actor, end: object
) -> None:
    first = running(world, erp, "500")
    change = approve(proposed(first, erp, priced("900")), ann)
    who = erp if end is withdraw_change else acme
    end(**asking(first, who), change_id=change.public_id)  # type: ignore[operator]  # either act

    assert submitted(world, erp, "400").status == "approved"


@pytest.mark.usefixtures("thousand")
def test_what_a_vendor_wants_counts_from_the_buyers_first_word_on(
    world: World, erp: Actor, acme: Actor, ann: Actor
) -> None:
    change = proposed(running(world, erp, "500"), acme, priced("995"))

    assert submitted(world, erp, "10").status == "approved"
    approve(change, ann)
    assert submitted(world, erp, "100").status == "pending_approval"


@pytest.mark.usefixtures("thousand")
def test_what_was_proposed_to_another_content_does_not_count(
    world: World, erp: Actor, acme: Actor
) -> None:
    """Nobody can accept it any more."""
    first = running(world, erp, "500")
    answered(first, acme, "AP")
    cheaper = proposed(first, acme, priced("450"))
    proposed(first, erp, priced("900"))
    accept_change(**asking(first, erp), change_id=cheaper.public_id)

    assert submitted(world, erp, "400").status == "approved"


def test_line_that_is_to_be_added_counts_in_its_category(world: World, erp: Actor) -> None:
    approval_rule(world.buyer, amount_from=1000, category="43")
    first = running(world, erp, "300", category="46")
    line = line_draft(line_no=2, category="4321", quantity=D(1), unit_price=D(300))
    proposed(first, erp, ChangeDraft(new_lines=(line,)))

    assert submitted(world, erp, "399", category="43").status == "approved"
    assert submitted(world, erp, "1", category="43").status == "pending_approval"


def test_increase_in_another_currency_counts_by_the_rate_of_its_order(
    world: World, erp: Actor, at: datetime
) -> None:
    rate("EUR", "SEK", at.date(), "10")
    policy(world.buyer, auto_approve_below=1000)
    first = running(world, erp, "5000", currency="SEK")
    proposed(first, erp, priced("9000"))

    assert submitted(world, erp, "99.99").status == "approved"
    assert submitted(world, erp, "0.01").status == "pending_approval"


@pytest.mark.usefixtures("thousand")
def test_change_that_reaches_the_threshold_with_others_is_raised_as_a_submission_is(
    world: World, erp: Actor, ann: Actor
) -> None:
    first, second = running(world, erp, "500"), running(world, erp, "400")
    change = proposed(first, erp, priced("700"))

    approve(change, ann)

    [event] = suspected()
    assert (event.subject_id, event.data, event.actor_id) == (first.public_id, {}, ann.id)
    assert event.private["change"] == change.public_id
    assert event.private["requester"] == erp.id
    assert event.private["with"] == [second.number]
    assert "1,100.00" in event.private["why"][0]


@pytest.mark.usefixtures("thousand")
def test_two_halves_that_are_both_raised_are_seen(world: World, erp: Actor, ann: Actor) -> None:
    first, second = running(world, erp, "400"), running(world, erp, "400")
    proposed(first, erp, priced("500"))

    approve(proposed(second, erp, priced("500")), ann)

    assert ApprovalStep.objects.filter(order=second).count() == 1
    assert [event.subject_id for event in suspected()] == [second.public_id]


@pytest.mark.usefixtures("thousand")
def test_change_that_reaches_it_by_itself_is_no_splitting(
    world: World, erp: Actor, ann: Actor
) -> None:
    submitted(world, erp, "400")
    approve(proposed(running(world, erp, "500"), erp, priced("1000")), ann)

    assert suspected() == []


@pytest.mark.usefixtures("thousand")
def test_proposals_are_read_with_their_orders(world: World, erp: Actor) -> None:
    found = set()
    for _ in range(3):
        proposed(running(world, erp, "1"), erp, priced("2"))
        order = draft_of(world, erp, "1")
        with CaptureQueriesContext(connection) as asked:
            submit_order(**asking(order, erp))
        found.add(len(asked))

    assert len(found) == 1
