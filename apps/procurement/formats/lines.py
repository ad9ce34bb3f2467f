"""Lines of an order, with what was delivered and invoiced of them."""

from typing import Any

from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.money import amount, plain
from apps.procurement.policy.costs import FIELD, hidden_groups
from apps.procurement.selectors.documents import line_content


def line_body(line: PurchaseOrderLine, order: PurchaseOrder, actor: Actor) -> dict[str, Any]:
    """With its cost for who may see it. Wants a line read by selectors.lines."""
    hidden = hidden_groups(actor)
    return {
        **line_content(line, order.currency),
        "quantity_received": plain(line.quantity_received),
        "quantity_accepted": plain(line.quantity_accepted),
        "quantity_invoiced": plain(line.quantity_invoiced),
        "amount_invoiced": amount(line.amount_invoiced, order.currency),
        **({"_redacted": hidden} if hidden else {FIELD: line.cost_allocations}),
    }
