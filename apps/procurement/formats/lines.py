"""Lines of an order, with what was delivered and invoiced of them."""

from typing import Any

from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.money import amount, plain
from apps.procurement.selectors.documents import line_content


def line_body(line: PurchaseOrderLine, order: PurchaseOrder) -> dict[str, Any]:
    """Wants a line read by selectors.lines."""
    return {
        **line_content(line, order.currency),
        "quantity_received": plain(line.quantity_received),
        "quantity_accepted": plain(line.quantity_accepted),
        "quantity_invoiced": plain(line.quantity_invoiced),
        "amount_invoiced": amount(line.amount_invoiced, order.currency),
    }
