"""What an order says, as JSON: the part that revisions keep, hash and prove."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from apps.core.ids import encode_id
from apps.partners.models import Partner
from apps.procurement.models import (
    AdjustmentKind,
    OrderAdjustment,
    PurchaseOrder,
    PurchaseOrderLine,
)
from apps.procurement.money import amount, plain
from apps.projects.models import BuyerEntity, Project

PRICE_PLACES = 4
Adjustments = dict[tuple[int | None, str], list[OrderAdjustment]]


def order_content(order: PurchaseOrder) -> dict[str, Any]:
    """The order's content without its state: strings, whole numbers, lists and objects only, so
    that its canonical form (RFC 8785) is the same wherever it is computed.

    Wants an order read by selectors.orders.with_parts.
    """
    adjustments = _by_place(order.adjustments.all())
    return {
        "number": order.number,
        "buyer_entity": encode_id(BuyerEntity.id_prefix, order.buyer_entity_id),
        "project": encode_id(Project.id_prefix, order.project_id),
        "vendor": encode_id(Partner.id_prefix, order.vendor_id),
        "currency": order.currency,
        "reference": order.reference,
        # Left out where there is none: so contents of old keep their hashes.
        **({"contract_ref": order.contract_ref} if order.contract_ref else {}),
        "requested_delivery": _day(order.requested_delivery),
        "ship_to": order.ship_to,
        "bill_to": order.bill_to,
        "terms": order.terms,
        "note": order.note,
        **_adjusted(adjustments, None, order.currency),
        "lines": [_line(line, adjustments, order.currency) for line in order.lines.all()],
        "totals": _totals(order),
    }


def content_with_costs(order: PurchaseOrder) -> dict[str, Any]:
    """The order's content with where the cost of each line goes, for who may know. Revisions keep,
    hash and prove what both sides may read, which has no costs.
    """
    content = order_content(order)
    lines = [
        {**said, "cost_allocations": line.cost_allocations}
        for said, line in zip(content["lines"], order.lines.all(), strict=True)
    ]
    return {**content, "lines": lines}


def costs_of(order: PurchaseOrder) -> list[dict[str, Any]]:
    """Of the lines that have a place to go to. Wants the order with its parts."""
    return [
        {"line_no": line.line_no, "cost_allocations": line.cost_allocations}
        for line in order.lines.all()
        if line.cost_allocations
    ]


def line_content(line: PurchaseOrderLine, currency: str) -> dict[str, Any]:
    """One line's part of it. Wants the line with its adjustments."""
    return _line(line, _by_place(line.adjustments.all()), currency)


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _tax(category: str, rate: Decimal) -> dict[str, str]:
    return {"category": category, "rate": plain(rate)}


def _by_place(adjustments: Iterable[OrderAdjustment]) -> Adjustments:
    found: Adjustments = defaultdict(list)
    for adjustment in adjustments:
        found[adjustment.line_id, adjustment.kind].append(adjustment)
    return found


def _adjusted(adjustments: Adjustments, line_id: int | None, currency: str) -> dict[str, Any]:
    return {
        name: [
            _adjustment(adjustment, currency) for adjustment in adjustments.get((line_id, kind), ())
        ]
        for name, kind in (
            ("allowances", AdjustmentKind.ALLOWANCE),
            ("charges", AdjustmentKind.CHARGE),
        )
    }


def _adjustment(adjustment: OrderAdjustment, currency: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "reason": adjustment.reason,
        "amount": amount(adjustment.amount, currency),
    }
    if adjustment.tax_rate is not None:
        said["tax"] = _tax(adjustment.tax_category, adjustment.tax_rate)
    return said


def _line(line: PurchaseOrderLine, adjustments: Adjustments, currency: str) -> dict[str, Any]:
    return {
        "line_no": line.line_no,
        "description": line.description,
        "item_ids": line.item_ids,
        "category": line.category,
        "quantity": plain(line.quantity),
        "uom": line.uom,
        "unit_price": plain(line.unit_price, places=PRICE_PLACES),
        "price_base_quantity": plain(line.price_base_quantity),
        **_adjusted(adjustments, line.pk, currency),
        "tax": _tax(line.tax_category, line.tax_rate),
        "need_by": _day(line.need_by),
        "net": amount(line.net, currency),
    }


def _totals(order: PurchaseOrder) -> dict[str, Any]:
    return {
        "lines_net": amount(order.lines_net, order.currency),
        "allowances": amount(order.allowances_total, order.currency),
        "charges": amount(order.charges_total, order.currency),
        "tax_exclusive": amount(order.tax_exclusive, order.currency),
        "tax": amount(order.tax_total, order.currency),
        "tax_inclusive": amount(order.tax_inclusive, order.currency),
        "by_tax": order.tax_subtotals,
    }
