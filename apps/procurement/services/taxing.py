"""What an order and its invoices take off and add beside their lines, by tax."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.procurement.models import AdjustmentKind, Invoice, PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.claims import Adjusted
from apps.procurement.policy.drafts import Tax
from apps.procurement.selectors.matching import LineBefore, WholesBefore, agreed_adjustments

Sums = dict[Tax, dict[str, Decimal]]


def adjusted_by_tax(
    invoice: Invoice,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    on_lines: Mapping[int, LineBefore],
    on_wholes: WholesBefore,
) -> list[Adjusted]:
    """One for each tax that any of them names."""
    sums: Sums = defaultdict(lambda: defaultdict(Decimal))
    for line in lines:
        here = sums[Tax(line.tax_category, line.tax_rate)]
        here["lines_net"] += line.net if line.removed_in is None else 0
        here["claimed_before"] += on_lines.get(line.pk, LineBefore()).money
    for one in agreed_adjustments(order):
        charge = one.kind == AdjustmentKind.CHARGE
        name = "charges_agreed" if charge else "allowances_agreed"
        sums[Tax(one.tax_category, one.tax_rate or Decimal(0))][name] += one.amount
    _add(sums, "allowances_before", on_wholes.allowances)
    _add(sums, "charges_before", on_wholes.charges)
    _add(sums, "allowances", invoice.allowances)
    _add(sums, "charges", invoice.charges)
    return [Adjusted(tax=tax, **named) for tax, named in sums.items()]


def _add(sums: Sums, name: str, documents: Iterable[dict[str, Any]]) -> None:
    for said in documents:
        tax = Tax(said["tax"]["category"], Decimal(said["tax"]["rate"]))
        sums[tax][name] += Decimal(said["amount"])
