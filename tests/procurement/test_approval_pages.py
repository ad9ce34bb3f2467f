"""What approvers read in the admin: what they decide on, who is asked, and whose turn it is."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser

from apps.procurement.formats.approvals import given_in_words
from apps.procurement.models import Approval, ApprovalStep, OrderChange, PurchaseOrder
from tests.factories.acts import do
from tests.factories.identity import sign_in, staff, staff_browser
from tests.factories.invoices import seller_of
from tests.factories.policies import approval_rule
from tests.factories.procurement import actor_for, changed, drafted, issued, line_draft, proposed
from tests.factories.scene import page_of
from tests.factories.spending import submitted
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
NOT_YOU = "the approval of somebody else: Who asked for it does not approve it."


@pytest.fixture
def browser() -> Browser:
    return staff_browser()


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    """One that waits for two people."""
    approval_rule(world.buyer, name="Large", amount_from=100, min_approvers=2)
    return submitted(world, actor_for(world.erp, world.office), "100")


@pytest.fixture
def dearer(world: World) -> OrderChange:
    """A vendor's proposal for which two people are asked."""
    approval_rule(world.buyer, name="Large", amount_from=550, min_approvers=2)
    running = issued(world)
    return proposed(running, seller_of(running), changed(unit_price=Decimal("4.75")))


def another() -> Browser:
    browser = sign_in(Browser(), staff(email="second@buyer.example"))
    browser.get("/admin/")
    return browser


def told(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def page(browser: Browser, record: Any, name: str = "change") -> Mapping[str, Any]:
    context: Mapping[str, Any] = browser.get(page_of(type(record), name, record.pk)).context
    return context


def rows(context: Mapping[str, Any], title: str) -> list[Sequence[object]]:
    return {table.title: list(table.rows) for table in context["tables"]}[title]


def test_first_of_two_approvals_is_told_as_such(browser: Browser, order: PurchaseOrder) -> None:
    first = do(browser, order, "approve")
    second = do(another(), order, "approve")

    assert told(first) == ["Your approval was kept. Others must approve it, too."]
    assert told(second) == [f"{order} is approved. It can be issued."]


def test_approver_of_an_order_reads_what_it_costs_and_who_is_asked(
    browser: Browser, order: PurchaseOrder
) -> None:
    do(another(), order, "approve")

    context = page(browser, order, "approve")

    assert "EUR 100.00 without tax, EUR 125.00 with tax" in str(context["explanation"][0])
    [step] = rows(context, "Who approves it")
    assert step[2] == "1 of 2"
    assert "second@buyer.example" in str(step[3])
    assert step[4:7] == (1, "Approver", "Large asks for approval from EUR 100.00 on.")


def test_approver_of_a_change_reads_both_totals_and_who_would_be_asked(
    browser: Browser, dearer: OrderChange
) -> None:
    context = page(browser, dearer, "approve")

    assert rows(context, "What the order comes to") == [
        ("Without tax", "EUR 510.00", "EUR 570.00"),
        ("With tax", "EUR 637.50", "EUR 712.50"),
    ]
    assert rows(context, "What was proposed") == [(1, "unit price", "4.25", "4.75")]
    [step] = rows(context, "Who approves it")
    assert (step[2], step[6]) == ("0 of 2", "Large asks for approval from EUR 550.00 on.")
    assert "a larger amount or a higher price" in context["explanation"][1]
    assert not dearer.approval_steps.exists()


def test_second_approver_of_a_change_reads_who_was_first(
    browser: Browser, dearer: OrderChange
) -> None:
    do(another(), dearer, "approve")

    [step] = rows(page(browser, dearer, "approve"), "Who approves it")

    assert (step[2], "second@buyer.example" in str(step[3])) == ("1 of 2", True)


def test_approving_is_offered_to_whoever_may(browser: Browser, order: PurchaseOrder) -> None:
    before = page(browser, order)
    do(browser, order, "approve")
    after = page(browser, order)

    assert [act["label"] for act in before["acts"]][:2] == ["Approve", "Send back"]
    assert [act["label"] for act in after["acts"]][:1] == ["Send back"]
    assert dict(before["facts"])["Waits for"] == "your approval"
    assert dict(after["facts"])["Waits for"] == (
        "the approval of somebody else: You have approved this already; the others must, too."
    )


def test_requester_is_offered_neither_word(world: World, browser: Browser) -> None:
    approval_rule(world.buyer, amount_from=0)
    order = drafted(world)
    do(browser, order, "submit")

    context = page(browser, order)

    assert [act["label"] for act in context["acts"]] == ["Hold", "Cancel"]
    assert dict(context["facts"])["Waits for"] == NOT_YOU


def test_change_is_offered_to_whoever_may_approve_it(browser: Browser, dearer: OrderChange) -> None:
    before = page(browser, dearer)
    do(browser, dearer, "approve")
    after = page(browser, dearer)

    assert [act["label"] for act in before["acts"]] == ["Approve", "Refuse"]
    assert [act["label"] for act in after["acts"]] == ["Refuse"]
    assert dict(before["facts"])["Waits for"] == "your approval"
    assert str(dict(after["facts"])["Waits for"]).startswith("the approval of somebody else")


def test_reason_for_sending_back_is_where_the_buyer_looks(
    browser: Browser, order: PurchaseOrder
) -> None:
    do(browser, order, "reject", reason="Ask for a second offer")

    facts = dict(page(browser, order)["facts"])
    trace = page(browser, order, "trace")["steps"][-1]

    assert "Ask for a second offer" in str(facts["Sent back"])
    assert "administrator@buyer.example" in str(facts["Sent back"])
    assert dict(trace["facts"])["Reason given"] == "Ask for a second offer"


def test_trace_names_the_person_to_staff(browser: Browser, order: PurchaseOrder) -> None:
    do(browser, order, "approve")

    steps = page(browser, order, "trace")["steps"]

    first, last = (str(dict(steps[place]["facts"])["Acting as"]) for place in (0, -1))
    assert "administrator@buyer.example" in last
    assert "usr_" in last
    assert "@" not in first


def test_orders_page_tells_of_dropped_steps_and_of_those_to_come(
    world: World, browser: Browser, order: PurchaseOrder
) -> None:
    do(browser, order, "reject")
    running = issued(world, lines=(line_draft(quantity=Decimal(1)),))
    proposed(running, seller_of(running), changed(unit_price=Decimal(500)))

    [dropped] = rows(page(browser, order), "Approvals")
    [to_come] = rows(page(browser, running), "Approvals")

    assert dropped[2] == "0 of 2, not needed any more"
    assert (to_come[2], "expected" in str(to_come[1])) == ("0 of 2", True)


@pytest.mark.parametrize(
    ("given", "ended", "told"),
    (
        (1, False, "1 of 2"),
        (2, True, "2 of 2"),
        (1, True, "1 of 2, not needed any more"),
        (2, False, "2 of 2, but not all still count"),
    ),
)
def test_words_given_are_told_with_what_they_are_worth(
    given: int, told: str, *, ended: bool
) -> None:
    step = ApprovalStep(min_approvers=2, ended_at=datetime.now(tz=UTC) if ended else None)

    assert given_in_words(step, [Approval() for _ in range(given)]) == told
