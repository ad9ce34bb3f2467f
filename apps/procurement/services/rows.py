"""The rows that an order's draft becomes, beside the order's own."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from apps.procurement.models import (
    AdjustmentKind,
    OrderAdjustment,
    PurchaseOrder,
    PurchaseOrderLine,
)
from apps.procurement.money import amount, plain
from apps.procurement.policy.costs import cost_documents
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


def totals_columns(totals: Totals, currency: str) -> dict[str, Any]:
    """The order's sums, by column."""
    return {
        "lines_net": totals.lines_net,
        "allowances_total": totals.allowances,
        "charges_total": totals.charges,
        "tax_exclusive": totals.tax_exclusive,
        "tax_total": totals.tax,
        "tax_inclusive": totals.tax_inclusive,
        "tax_subtotals": tax_subtotals(totals, currency),
    }


def insert_parts(order: PurchaseOrder, draft: OrderDraft, totals: Totals) -> None:
    """Lines in one statement, all adjustments in another."""
    lines = PurchaseOrderLine.objects.bulk_create(
        PurchaseOrderLine(order=order, **line_columns(line, net))
        for line, net in zip(draft.lines, totals.nets, strict=True)
    )
    insert_adjustments(order, draft, {line.line_no: line for line in lines})


def insert_adjustments(
    order: PurchaseOrder, draft: OrderDraft, rows: Mapping[int, PurchaseOrderLine]
) -> None:
    adjustments = [*_adjustments(order, None, draft)]
    for line in draft.lines:
        adjustments += _adjustments(order, rows[line.line_no], line)
    OrderAdjustment.objects.bulk_create(adjustments)


def line_columns(
    line: LineDraft, net: Decimal, before: PurchaseOrderLine | None = None
) -> dict[str, Any]:
    """A line, by column. What the draft does not speak of stays as in the row ``before`` it."""
    allocations = line.cost_allocations
    if allocations is None:
        costs = before.cost_allocations if before else []
    else:
        costs = cost_documents(allocations)
    return {
        "line_no": line.line_no,
        "description": line.description,
        "item_ids": [dict(item) for item in line.item_ids],
        "category": line.category,
        "quantity": line.quantity,
        "uom": line.uom,
        "unit_price": line.unit_price,
        "price_base_quantity": line.price_base_quantity,
        "tax_category": line.tax.category,
        "tax_rate": line.tax.rate,
        "need_by": line.need_by,
        "net": net,
        "cost_allocations": costs,
    }


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
