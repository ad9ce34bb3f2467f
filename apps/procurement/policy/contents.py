"""From what an order says, as JSON, back to the draft that says so."""

from datetime import date
from decimal import Decimal

from apps.procurement.policy.adjustment_documents import Document, adjustments_of, tax_of
from apps.procurement.policy.costs import FIELD, allocations_of
from apps.procurement.policy.drafts import LineDraft, OrderDraft


def draft_of_content(content: Document) -> OrderDraft:
    """The draft behind a revision's content. Contents of old may lack what came later."""
    return OrderDraft(
        project=content["project"],
        vendor=content["vendor"],
        currency=content["currency"],
        reference=content["reference"],
        contract_ref=content.get("contract_ref", ""),
        requested_delivery=day_of(content["requested_delivery"]),
        ship_to=content.get("ship_to"),
        bill_to=content.get("bill_to"),
        terms=content.get("terms", ""),
        note=content["note"],
        allowances=adjustments_of(content["allowances"]),
        charges=adjustments_of(content["charges"]),
        lines=tuple(line_of(line) for line in content["lines"]),
    )


def line_of(document: Document) -> LineDraft:
    """Costs are no part of what an order says; they are read where they were added to it."""
    return LineDraft(
        line_no=document["line_no"],
        description=document["description"],
        item_ids=tuple(document["item_ids"]),
        category=document["category"],
        quantity=Decimal(document["quantity"]),
        uom=document["uom"],
        unit_price=Decimal(document["unit_price"]),
        price_base_quantity=Decimal(document["price_base_quantity"]),
        allowances=adjustments_of(document["allowances"]),
        charges=adjustments_of(document["charges"]),
        tax=tax_of(document["tax"]),
        need_by=day_of(document["need_by"]),
        cost_allocations=allocations_of(document[FIELD]) if FIELD in document else None,
    )


def day_of(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None
