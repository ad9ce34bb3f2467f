"""Invoices, exceptions and credit notes in the admin: what staff see, and what they decide."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.audit.events import Action
from apps.audit.models import Event
from apps.identity.models import StaffRole
from apps.procurement.models import CreditNote, Invoice, MatchException
from tests.factories.acts import do
from tests.factories.identity import staff_browser
from tests.factories.invoices import account, credited, disputed, invoiced, ready, taken
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


@pytest.fixture
def browser() -> Browser:
    return staff_browser()


def tables_of(browser: Browser, record: Any) -> dict[str, list[Any]]:
    page = browser.get(page_of(type(record), "change", record.pk))
    return {table.title: list(table.rows) for table in page.context["tables"]}


def test_administrator_approves_and_notes_the_payment(browser: Browser, world: World) -> None:
    order = ready(world)
    paid_to = account(order, datetime.now(tz=UTC))
    invoice = invoiced(order, bank_account=paid_to.public_id)

    do(browser, invoice, "approve")
    page = browser.get(page_of(Invoice, "pay", invoice.pk))
    do(browser, invoice, "pay", reference="SEPA-1")

    assert page.context["explanation"] == (
        "106.25 EUR to Acme.",
        "To the account Acme ****7947.",
    )
    invoice.refresh_from_db()
    assert (invoice.status, invoice.payment_reference) == ("paid", "SEPA-1")
    assert invoice.paid_by_session.kind == "staff"
    event = Event.objects.get(action=Action.INVOICE_PAID)
    assert (event.private["reason"], "reason" in event.data) == ("Because", False)


def test_rejection_keeps_the_reason_for_the_vendor(browser: Browser, world: World) -> None:
    invoice = invoiced(ready(world))

    do(browser, invoice, "reject")

    invoice.refresh_from_db()
    assert (invoice.status, invoice.rejection_reason) == ("rejected", "Because")


def test_exception_is_accepted_and_the_invoice_approved(browser: Browser, world: World) -> None:
    invoice = disputed(world)
    exception = invoice.exceptions.get()

    refused = do(browser, invoice, "approve")
    do(browser, exception, "accept")
    do(browser, invoice, "approve")

    assert refused.context["form"].non_field_errors() == [
        "Some of what does not match is open, not accepted, or new since it was matched."
    ]
    exception.refresh_from_db()
    invoice.refresh_from_db()
    assert (exception.resolution, exception.note) == ("accepted", "Because")
    assert invoice.status == "approved"


def test_exception_that_is_refused_leaves_the_invoice_in_dispute(
    browser: Browser, world: World
) -> None:
    invoice = disputed(world)
    exception = invoice.exceptions.get()

    do(browser, exception, "refuse")
    answer = do(browser, invoice, "match")

    exception.refresh_from_db()
    invoice.refresh_from_db()
    assert (exception.resolution, invoice.status) == ("rejected", "exception")
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("name", "asks"), (("approve", True), ("pay", True), ("reject", False), ("match", False))
)
def test_acts_that_give_money_ask_who_is_there(world: World, name: str, *, asks: bool) -> None:
    invoice = invoiced(ready(world))
    browser = staff_browser()
    session = browser.session
    long_ago = datetime.now(tz=UTC) - timedelta(
        seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 60
    )
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [
        {**record, "at": long_ago.timestamp()} for record in records
    ]
    session.save()

    answer = browser.get(page_of(Invoice, name, invoice.pk))

    assert ("reauthenticate" in answer.get("Location", "")) is asks


@pytest.mark.parametrize(
    "role", (StaffRole.VIEWER, StaffRole.PROCUREMENT_MANAGER, StaffRole.SECURITY_OFFICER)
)
def test_others_of_the_staff_read_only(world: World, role: StaffRole) -> None:
    invoice = disputed(world)
    browser = staff_browser(role)

    assert browser.get(page_of(Invoice, "change", invoice.pk)).context["acts"] == []
    assert do(browser, invoice, "approve").status_code == 403
    assert do(browser, invoice.exceptions.get(), "accept").status_code == 403


def test_page_tells_what_is_claimed_and_what_does_not_match(browser: Browser, world: World) -> None:
    invoice = disputed(world)

    tables = tables_of(browser, invoice)

    (exception,) = tables["What does not match"]
    assert [str(cell) for cell in exception[1:4]] == ["line 1", "0", "15"]
    assert tables["What is claimed"] == [
        (1, "Paper A4", "20 EA", "4.25 per 1", "S 25 %", "85.00", "21.25")
    ]
    assert tables["Tax"] == [("S", "25 %", "85.00", "21.25")]
    (credit,) = tables["What was credited"]
    assert (credit[2], credit[3]) == ("Returned", "26.56")
    note = CreditNote.objects.get()
    assert tables_of(browser, note)["What was taken back"] == [(1, "Paper A4", "5 EA", "21.25")]


@pytest.mark.parametrize(
    ("query", "found"),
    (
        ({"resolution": "open"}, 1),
        ({"resolution": "accepted"}, 0),
        ({"kind__exact": "quantity"}, 1),
        ({"q": "Acme"}, 1),
        ({"q": "nobody"}, 0),
    ),
)
def test_queue_is_filtered_and_searched(
    browser: Browser, world: World, query: dict[str, str], found: int
) -> None:
    disputed(world)

    page = browser.get(page_of(MatchException, "changelist"), query)

    assert page.context["cl"].result_count == found


@pytest.mark.parametrize("model", (Invoice, MatchException, CreditNote))
def test_lists_take_as_many_queries_for_three_as_for_one(
    browser: Browser, world: World, model: type[Any]
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(page_of(model, "changelist")).status_code == 200
        return len(captured)

    first = disputed(world)
    count()  # What is remembered in the process is read once.
    few = count()
    disputed(world)
    credited(first, taken("1"))
    disputed(world)

    assert count() == few
