"""What waits for a member of staff stands on their first page, as far as it is theirs."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.governance.admin.work import QUEUES
from apps.identity.models import StaffRole
from apps.procurement.services import approve_invoice, reject_invoice
from tests.factories.identity import staff_browser
from tests.factories.invoices import decided, disputed, invoiced, ready, seller_of
from tests.factories.partners import proposed as bank_change
from tests.factories.procurement import changed, issued, proposed
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def waiting(browser: Browser) -> Mapping[str, str] | None:
    """What it says, by the address that each line leads to."""
    tables = {table.title: table for table in browser.get("/admin/").context["panels"]}
    if "Waiting for you" not in tables:
        return None
    rows = tables["Waiting for you"].rows
    return {str(cell).split('"')[1]: str(number) for cell, number in rows}


@pytest.fixture
def work(world: World) -> World:
    """Something in every queue but the orders', and an invoice that waits for nobody."""
    order = issued(world)
    proposed(order, seller_of(order), changed(quantity=Decimal(100)))
    order = issued(world)
    proposed(order, seller_of(order), changed(quantity=Decimal(150)))
    disputed(world)
    decided(reject_invoice, disputed(world), world)
    invoiced(ready(world))
    decided(approve_invoice, invoiced(ready(world)), world)
    bank_change(world.acme)
    return world


def test_administrator_is_told_of_every_queue(work: World) -> None:
    del work
    assert waiting(staff_browser()) == {
        "/admin/procurement/orderchange/?waits=approval": "1",
        "/admin/procurement/orderchange/?waits=decision": "1",
        "/admin/procurement/matchexception/?resolution=open": "1",
        "/admin/procurement/invoice/?waits=approval": "1",
        "/admin/procurement/invoice/?waits=payment": "1",
        "/admin/partners/bankaccountchange/?state__exact=proposed": "1",
    }


def test_each_line_leads_to_as_many_rows_as_it_says(work: World) -> None:
    del work
    browser = staff_browser()

    for address, number in (waiting(browser) or {}).items():
        assert str(browser.get(address).context["cl"].result_count) == number, address


def test_role_is_told_of_its_own_queues_only(work: World) -> None:
    del work
    manager = staff_browser(StaffRole.PROCUREMENT_MANAGER)

    assert waiting(manager) == {"/admin/procurement/orderchange/?waits=decision": "1"}
    assert waiting(staff_browser(StaffRole.VIEWER)) is None


def test_a_queue_is_one_count(work: World) -> None:
    del work
    with CaptureQueriesContext(connection) as captured:
        for queue in QUEUES:
            queue.rows().order_by()[:100].count()
    one_each = len(captured)
    browser = staff_browser()
    browser.get("/admin/")

    with CaptureQueriesContext(connection) as shown:
        browser.get("/admin/")

    counts = [query for query in shown if '"procurement_' in query["sql"]]
    assert one_each == len(QUEUES)
    assert len(counts) == sum(not queue.model.__name__.startswith("Bank") for queue in QUEUES)
