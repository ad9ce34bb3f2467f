"""Taking in invoices of one vendor to one buyer one after the other, for whichever orders."""

from django.db import connection

from apps.procurement.models import PurchaseOrder

WAIT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def wait_for_lookalikes(order: PurchaseOrder) -> None:
    """Of two invoices that look the same and are sent at once, for two orders, the second is to
    find the first: until this transaction ends, no other of the vendor's to this buyer is taken
    in. Take it after the order's locks and before the invoice's number.
    """
    name = f"invoices of {order.vendor_id} to {order.buyer_entity_id}"
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [name])
