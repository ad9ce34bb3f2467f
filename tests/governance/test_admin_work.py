"""What waits for a member of staff stands on their first page, as far as it is theirs."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.identity.models import StaffRole
from apps.procurement.models import PurchaseOrder
from apps.procurement.services import approve_invoice, reject_invoice
from tests.factories.acts import do
from tests.factories.identity import sign_in, staff, staff_browser
from tests.factories.invoices import decided, disputed, invoiced, ready, seller_of
from tests.factories.partners import proposed as bank_change
from tests.factories.policies import approval_rule
from tests.factories.procurement import actor_for, changed, drafted, issued, proposed
from tests.factories.scene import page_of
from tests.factories.spending import submitted
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


def test_queues_cost_the_same_however_much_waits(work: World) -> None:
    browser = staff_browser()
    browser.get("/admin/")

    with CaptureQueriesContext(connection) as few:
        browser.get("/admin/")
    order = issued(work)
    proposed(order, seller_of(order), changed(quantity=Decimal(150)))
    invoiced(ready(work))
    with CaptureQueriesContext(connection) as more:
        browser.get("/admin/")

    reads = [query for query in few if '"procurement_' in query["sql"]]
    assert (len(more), len(reads)) == (len(few), 9)


def test_nobody_is_told_of_what_somebody_else_must_approve(world: World) -> None:
    approval_rule(world.buyer, amount_from=0, min_approvers=2)
    mine, theirs = staff_browser(), sign_in(Browser(), staff(email="second@buyer.example"))
    theirs.get("/admin/")
    first, second = (submitted(world, actor_for(world.erp, world.office), "1") for _ in range(2))
    own = drafted(world)
    do(mine, own, "submit")
    do(mine, first, "approve")

    listed = mine.get(page_of(PurchaseOrder, "changelist"), {"waits": "others"})

    queue = "/admin/procurement/purchaseorder/?waits=approval"
    assert waiting(mine) == {queue: "1"}
    assert waiting(theirs) == {queue: "3"}
    assert list(mine.get(queue).context["cl"].result_list) == [second]
    assert set(listed.context["cl"].result_list) == {first, own}
