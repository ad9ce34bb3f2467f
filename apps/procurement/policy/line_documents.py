"""A line's draft as JSON, as an order's content has it."""

from typing import Any

from apps.procurement.money import plain
from apps.procurement.policy.adjustment_documents import adjustment_documents
from apps.procurement.policy.drafts import LineDraft


def line_document(line: LineDraft) -> dict[str, Any]:
    """What line_of reads."""
    return {
        "line_no": line.line_no,
        "description": line.description,
        "item_ids": [dict(item) for item in line.item_ids],
        "category": line.category,
        "quantity": plain(line.quantity),
        "uom": line.uom,
        "unit_price": plain(line.unit_price),
        "price_base_quantity": plain(line.price_base_quantity),
        "allowances": adjustment_documents(line.allowances),
        "charges": adjustment_documents(line.charges),
        "tax": {"category": line.tax.category, "rate": plain(line.tax.rate)},
        "need_by": line.need_by.isoformat() if line.need_by else None,
    }
