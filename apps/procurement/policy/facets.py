"""How far an order was delivered and invoiced, reckoned from its lines (reference 2c)."""

from collections.abc import Sequence

from apps.procurement.models import PurchaseOrderLine
from apps.procurement.states import BillingFacet, ReceiptFacet


def receipt_facet(lines: Sequence[PurchaseOrderLine]) -> ReceiptFacet:
    """By what was received and kept: what was turned away is still to come, and an order of which
    all was turned away has got nothing yet.
    """
    if any(line.quantity_accepted > line.quantity for line in lines):
        return ReceiptFacet.OVER
    if all(line.quantity_accepted == line.quantity for line in lines):
        return ReceiptFacet.FULL
    if any(line.quantity_accepted for line in lines):
        return ReceiptFacet.PARTIAL
    return ReceiptFacet.NONE


def billing_facet(lines: Sequence[PurchaseOrderLine]) -> BillingFacet:
    if all(line.quantity_invoiced >= line.quantity for line in lines):
        return BillingFacet.FULL
    if any(line.quantity_invoiced or line.amount_invoiced for line in lines):
        return BillingFacet.PARTIAL
    return BillingFacet.NONE


def is_fulfilled(lines: Sequence[PurchaseOrderLine]) -> bool:
    """Whether everything ordered was accepted and everything accepted was invoiced: nothing is
    expected of the order any more.
    """
    return all(
        line.quantity_accepted >= line.quantity and line.quantity_invoiced >= line.quantity_accepted
        for line in lines
    )
