"""Making the lines of an order say something else."""

from collections.abc import Iterable

from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.totals import Totals
from apps.procurement.services.rows import line_columns


def rewrite_lines(
    order: PurchaseOrder, draft: OrderDraft, totals: Totals
) -> list[PurchaseOrderLine]:
    """The rows of the draft's lines. A row keeps its number, and what moved of it."""
    before = {row.line_no: row for row in order.lines.all()}
    kept, new = [], []
    for line, net in zip(draft.lines, totals.nets, strict=True):
        row = before.pop(line.line_no, None)
        columns = line_columns(line, net, row)
        if row is None:
            new.append(PurchaseOrderLine(order=order, **columns))
            continue
        for name, value in columns.items():
            setattr(row, name, value)
        kept.append(row)
    _take_out(order, before.values())
    if kept:
        PurchaseOrderLine.objects.bulk_update(kept, list(columns))
    return [*kept, *PurchaseOrderLine.objects.bulk_create(new)]


def _take_out(order: PurchaseOrder, rows: Iterable[PurchaseOrderLine]) -> None:
    left_out = PurchaseOrderLine.objects.filter(pk__in=[row.pk for row in rows])
    if order.issued_at is None:
        left_out.delete()
    else:
        left_out.update(removed_in=order.revision + 1)
