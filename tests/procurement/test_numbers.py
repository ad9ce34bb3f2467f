"""Numbers are taken late, for all others of the buyer entity wait until the document is there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.procurement.models import PurchaseOrder
from tests.factories.fulfilment import received, shipped
from tests.factories.gateway import ORDERS
from tests.factories.invoices import credited, invoiced
from tests.factories.procurement import buyer_caller, drafted, issued, order_payload
from tests.factories.world import World

pytestmark = pytest.mark.django_db
TAKES = "INSERT INTO procurement_documentsequence"
# How each is made, its table and that of its lines.
DOCUMENTS: tuple[tuple[Callable[[PurchaseOrder], Any], str, str], ...] = (
    (shipped, "shipmentnotice", "shipmentline"),
    (received, "receipt", "receiptline"),
    (invoiced, "invoice", "invoiceline"),
)


def statements(act: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        act()
    return [query["sql"].strip() for query in asked.captured_queries]


def places(sqls: list[str], start: str) -> list[int]:
    return [place for place, sql in enumerate(sqls) if sql.startswith(start)]


def assert_late(sqls: list[str], row: str, lines: str) -> None:
    """After the document's lines; the next statement writes the document itself."""
    (taken,) = places(sqls, TAKES)
    (parts,) = places(sqls, f'INSERT INTO "procurement_{lines}" ')
    written = places(sqls, f'INSERT INTO "procurement_{row}"')
    assert (parts < taken, written) == (True, [taken + 1])


@pytest.mark.parametrize(("make", "row", "lines"), DOCUMENTS)
def test_number_is_taken_after_the_lines(
    world: World, make: Callable[[PurchaseOrder], Any], row: str, lines: str
) -> None:
    order = issued(world)

    assert_late(statements(lambda: make(order)), row, lines)


def test_number_of_an_order_is_taken_after_the_lines(world: World) -> None:
    assert_late(statements(lambda: drafted(world)), "purchaseorder", "purchaseorderline")


def test_number_of_a_credit_note_is_taken_after_the_lines(world: World) -> None:
    invoice = invoiced(issued(world))

    assert_late(statements(lambda: credited(invoice)), "creditnote", "creditnoteline")


def test_lines_of_an_invoice_are_counted_before_its_number_is_taken(world: World) -> None:
    order = issued(world)

    sqls = statements(lambda: invoiced(order))

    assert places(sqls, 'UPDATE "procurement_purchaseorderline"')[0] < places(sqls, TAKES)[0]


@pytest.mark.parametrize("lines", (1, 3))
def test_creation_of_an_order_takes_so_many_statements(world: World, lines: int) -> None:
    erp = buyer_caller(world)
    draft = order_payload(world)
    body = {**draft, "lines": [{**draft["lines"][0], "line_no": n + 1} for n in range(lines)]}
    erp.post(ORDERS, body)  # Keys and the like are remembered from now on.

    sqls = statements(lambda: erp.post(ORDERS, body))

    assert PurchaseOrder.objects.count() == 2
    assert len(sqls) == 20
