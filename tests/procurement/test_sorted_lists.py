"""What lists are sorted by: every column that is offered begins an index, so that a page costs the
same however many rows there are (ADR 0017).
"""

import pytest
from django.db import connection, models

from apps.gateway.rest import Listing
from apps.procurement.models import Invoice, PurchaseOrder, Receipt, ShipmentNotice
from apps.procurement.rest.invoice_bodies import INVOICES
from apps.procurement.rest.listings import ORDERS
from apps.procurement.rest.receipts import RECEIPTS
from apps.procurement.rest.shipments import SHIPMENTS

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
