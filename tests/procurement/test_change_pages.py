"""A proposal's page says who proposed what instead of what, what is missing, and who did it."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser

from apps.procurement.models import MatchException, OrderChange
from tests.factories.acts import do
from tests.factories.identity import staff_browser
from tests.factories.invoices import disputed, seller_of
from tests.factories.procurement import changed, issued, proposed
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def browser() -> Browser:
    return staff_browser()


@pytest.fixture
def dearer(world: World) -> OrderChange:
    """A vendor's proposal that goes beyond what was approved."""
    order = issued(world)
    return proposed(order, seller_of(order), changed(unit_price=Decimal("4.75")))


def told(answer: object) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]  # the test client's


def test_page_says_what_was_and_what_would_be(browser: Browser, dearer: OrderChange) -> None:
    page = browser.get(page_of(OrderChange, "change", dearer.pk))

    tables = {table.title: list(table.rows) for table in page.context["tables"]}
    assert page.context["title"] == f"Change of {dearer.order.number} proposed by the vendor"
    assert tables["What was proposed"] == [(1, "unit price", "4.25", "4.75")]
    assert len(tables["Trail"]) == 1


def test_missing_approval_is_named(browser: Browser, dearer: OrderChange) -> None:
    page = browser.get(page_of(OrderChange, "change", dearer.pk))
    refused = browser.get(page_of(OrderChange, "accept", dearer.pk))

    assert [act["label"] for act in page.context["acts"]] == ["Approve", "Refuse"]
    beyond = ", ".join(dearer.exceeds)
    assert told(refused) == [
        f"Accept: it goes beyond what was approved ({beyond}), so an approver approves it first."
    ]


def test_approving_a_vendors_proposal_says_what_is_left_to_do(
    browser: Browser, dearer: OrderChange
) -> None:
    answer = do(browser, dearer, "approve")

    assert told(answer) == ["Approved. It changes nothing yet: accept it, or refuse it."]


def test_page_names_who_decided(browser: Browser, dearer: OrderChange) -> None:
    do(browser, dearer, "refuse")

    facts = dict(browser.get(page_of(OrderChange, "change", dearer.pk)).context["facts"])

    assert ">administrator@buyer.example</a>" in str(facts["Decided by"])
    assert ">Machine</a>" in str(facts["Proposed by"])


def test_exceptions_page_names_who_resolved_it_and_has_its_trail(
    browser: Browser, world: World
) -> None:
    exception = disputed(world).exceptions.get()
    do(browser, exception, "accept")

    page = browser.get(page_of(MatchException, "change", exception.pk))

    assert ">administrator@buyer.example</a>" in str(dict(page.context["facts"])["Resolved by"])
    trail = {table.title: list(table.rows) for table in page.context["tables"]}["Trail"]
    assert [row[1].split(">")[1].split("<")[0] for row in trail] == ["invoice.exception_resolved"]


def test_exceptions_are_found_by_their_order(browser: Browser, world: World) -> None:
    exception = disputed(world).exceptions.get()
    disputed(world)

    listed = browser.get(
        page_of(MatchException, "changelist"), {"q": exception.invoice.order.number}
    )

    assert list(listed.context["cl"].result_list) == [exception]


def test_open_exceptions_are_listed_first(browser: Browser, world: World) -> None:
    still_open = disputed(world).exceptions.get()
    accepted = disputed(world).exceptions.get()
    do(browser, accepted, "accept")

    listed = browser.get(page_of(MatchException, "changelist"))

    assert list(listed.context["cl"].result_list) == [still_open, accepted]
