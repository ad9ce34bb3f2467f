"""How much of an order's money is used: what was received and kept, or invoiced."""

from decimal import Decimal, localcontext

from apps.core.money import minor_units
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.money import EXACT, round_half_up

ZERO, WHOLE = Decimal(0), Decimal(1)


def used_of(order: PurchaseOrder) -> Decimal:
    """Without tax, at most what the order comes to. What is taken off or added to the whole order
    goes with its lines in proportion. Wants the order with its lines.
    """
    with localcontext(EXACT):
        return min(
            order.tax_exclusive,
            round_half_up(order.tax_exclusive * _share(order), minor_units(order.currency)),
        )


def _share(order: PurchaseOrder) -> Decimal:
    """Of the lines' net; where that is nothing, all of the order as soon as anything moved."""
    lines = list(order.lines.all())
    net = sum((max(line.net, ZERO) for line in lines), ZERO)
    if net == 0:
        return WHOLE if any(_part(line) for line in lines) else ZERO
    return min(WHOLE, sum((_used(line) for line in lines), ZERO) / net)


def _used(line: PurchaseOrderLine) -> Decimal:
    """What was delivered at the order's price, or what was invoiced if that is more."""
    return max(max(line.net, ZERO) * _part(line), line.amount_invoiced)


def _part(line: PurchaseOrderLine) -> Decimal:
    """Of what was ordered: received and kept, or invoiced if that is more."""
    moved = max(line.quantity_accepted, line.quantity_invoiced)
    return min(WHOLE, moved / line.quantity)
