"""An exception says of what it is: a line, or what stands beside the lines."""

from decimal import Decimal

import pytest

from apps.procurement.models import Invoice
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from tests.factories.identity import staff_browser
from tests.factories.invoices import INVOICES, claimed, disputed, invoiced, ready
from tests.factories.procurement import vendor_caller
from tests.factories.scene import page_of
from tests.factories.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]


def freight(world: World) -> Invoice:
    charge = AdjustmentDraft(
        reason="Freight, express", amount=Decimal("12.50"), tax=Tax("S", Decimal(25))
    )
    return invoiced(ready(world), charges=(charge,))


def parts(invoice: Invoice) -> list[tuple[str, str]]:
    return [(one.kind, one.part) for one in invoice.exceptions.order_by("id")]


def test_charge_that_was_not_agreed_is_named(world: World) -> None:
    assert parts(freight(world)) == [("price", "charges")]


def test_difference_of_a_line_is_the_lines(world: World) -> None:
    assert parts(disputed(world)) == [("quantity", "line")]
    assert parts(invoiced(ready(world), claimed(unit_price="4.90"))) == [("price", "line")]


def test_vendor_reads_the_part(world: World) -> None:
    invoice = freight(world)

    shown = vendor_caller(world.acme, "invoices:read").get(f"{INVOICES}/{invoice.public_id}").json()

    assert [one["part"] for one in shown["exceptions"]] == ["charges"]


def test_invoice_and_exception_pages_show_the_charge_and_its_reason(world: World) -> None:
    invoice, browser = freight(world), staff_browser()
    exception = invoice.exceptions.get()

    pages = [
        browser.get(page_of(type(record), "change", record.pk)) for record in (invoice, exception)
    ]

    for page in pages:
        tables = {table.title: list(table.rows) for table in page.context["tables"]}
        row = ("the whole", "charge", "Freight, express", "12.50", "S 25 %")
        assert tables["Charges and allowances"] == [row]
    assert dict(pages[1].context["facts"])["Part"] == "charges"
