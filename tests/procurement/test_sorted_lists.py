"""What lists are sorted by: every column that is offered begins an index, so that a page costs the
same however many rows there are (ADR 0017).
"""

from decimal import Decimal

import pytest
from django.db import connection, models

from apps.gateway.rest import Listing
from apps.procurement.models import Invoice, PurchaseOrder, Receipt, ShipmentNotice
from apps.procurement.rest.invoice_bodies import INVOICES
from apps.procurement.rest.listings import ORDERS
from apps.procurement.rest.receipts import RECEIPTS
from apps.procurement.rest.shipments import SHIPMENTS
from tests.factories.gateway import ORDERS as PATH
from tests.factories.procurement import buyer_caller, drafted, line_draft
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("listing", "model"),
    (
        (ORDERS, PurchaseOrder),
        (INVOICES, Invoice),
        (RECEIPTS, Receipt),
        (SHIPMENTS, ShipmentNotice),
    ),
    ids=("orders", "invoices", "receipts", "shipments"),
)
def test_every_column_offered_for_sorting_begins_an_index(
    listing: Listing, model: type[models.Model]
) -> None:
    with connection.cursor() as cursor:
        table = model._meta.db_table  # noqa: SLF001 -- Django's documented name
        known = connection.introspection.get_constraints(cursor, table).values()

    begun = {one["columns"][0] for one in known if one["index"] or one["unique"]}

    columns = {"id" if sort.path == "pk" else sort.path for sort in listing.sortable.values()}
    assert columns - begun == set()


@pytest.mark.parametrize("sort", (*ORDERS.sortable, *(f"-{name}" for name in ORDERS.sortable)))
def test_orders_are_paged_by_every_column_offered(world: World, sort: str) -> None:
    for pieces in (2, 3, 1, 2):
        drafted(world, lines=(line_draft(quantity=Decimal(pieces), unit_price=Decimal(1)),))
    caller, found, cursor = buyer_caller(world), [], {}

    while True:
        answer = caller.get(PATH, sort=sort, limit="1", **cursor)
        assert answer.status_code == 200, answer.content
        page = answer.json()
        found += [one["id"] for one in page["data"]]
        if not page["page"]["has_more"]:
            break
        cursor = {"cursor": page["page"]["next"]}

    assert found == [one["id"] for one in caller.get(PATH, sort=sort).json()["data"]]
    assert len({*found}) == 4


@pytest.mark.parametrize(("sort", "expected"), (("", [1, 2, 2, 3]), ("-", [3, 2, 2, 1])))
def test_orders_are_sorted_and_found_by_what_they_cost_without_tax(
    world: World, sort: str, expected: list[int]
) -> None:
    for pieces in (2, 3, 1, 2):
        drafted(world, lines=(line_draft(quantity=Decimal(pieces), unit_price=Decimal(1)),))
    caller = buyer_caller(world)

    rows = caller.get(PATH, sort=f"{sort}tax_exclusive").json()["data"]
    above = caller.get(PATH, **{"filter[tax_exclusive][gt]": "2"}).json()["data"]

    assert [one["totals"]["tax_exclusive"] for one in rows] == [f"{one}.00" for one in expected]
    assert [one["totals"]["tax_exclusive"] for one in above] == ["3.00"]
