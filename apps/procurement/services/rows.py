"""The rows that an order's draft becomes, beside the order's own."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from apps.procurement.models import (
    AdjustmentKind,
    OrderAdjustment,
    PurchaseOrder,
    PurchaseOrderLine,
)
from apps.procurement.money import amount, plain
from apps.procurement.policy.drafts import AdjustmentDraft, LineDraft, OrderDraft
from apps.procurement.policy.totals import Totals


def tax_subtotals(totals: Totals, currency: str) -> list[dict[str, str]]:
    return [
        {
            "category": subtotal.tax.category,
            "rate": plain(subtotal.tax.rate),
            "taxable": amount(subtotal.taxable, currency),
            "tax": amount(subtotal.amount, currency),
        }
        for subtotal in totals.by_tax
    ]


def insert_parts(order: PurchaseOrder, draft: OrderDraft, totals: Totals) -> None:
    """Lines in one statement, all adjustments in another."""
    lines = PurchaseOrderLine.objects.bulk_create(
        _line(order, line, net) for line, net in zip(draft.lines, totals.nets, strict=True)
    )
    adjustments = [*_adjustments(order, None, draft)]
    for row, line in zip(lines, draft.lines, strict=True):
        adjustments += _adjustments(order, row, line)
    OrderAdjustment.objects.bulk_create(adjustments)


def _line(order: PurchaseOrder, line: LineDraft, net: Decimal) -> PurchaseOrderLine:
    return PurchaseOrderLine(
        order=order,
        line_no=line.line_no,
        description=line.description,
        item_ids=[dict(item) for item in line.item_ids],
        category=line.category,
        quantity=line.quantity,
        uom=line.uom,
        unit_price=line.unit_price,
        price_base_quantity=line.price_base_quantity,
        tax_category=line.tax.category,
        tax_rate=line.tax.rate,
        need_by=line.need_by,
        net=net,
    )


def _adjustments(
    order: PurchaseOrder, line: PurchaseOrderLine | None, draft: OrderDraft | LineDraft
) -> Iterator[OrderAdjustment]:
    kinds: Iterable[tuple[AdjustmentKind, tuple[AdjustmentDraft, ...]]] = (
        (AdjustmentKind.ALLOWANCE, draft.allowances),
        (AdjustmentKind.CHARGE, draft.charges),
    )
    for kind, adjustments in kinds:
        for adjustment in adjustments:
            yield OrderAdjustment(
                order=order,
                line=line,
                kind=kind,
                reason=adjustment.reason,
                amount=adjustment.amount,
                tax_category=adjustment.tax.category if adjustment.tax else "",
                tax_rate=adjustment.tax.rate if adjustment.tax else None,
            )
