"""Making an order say something else: its columns, its lines, what is taken off or added."""

from apps.partners.models import Partner
from apps.procurement.models import OrderAdjustment, PurchaseOrder
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.facets import billing_facet, receipt_facet
from apps.procurement.policy.totals import Totals
from apps.procurement.services.rewriting_lines import rewrite_lines
from apps.procurement.services.rows import insert_adjustments, totals_columns


def rewrite_order(
    order: PurchaseOrder, draft: OrderDraft, totals: Totals, *, vendor: Partner | None = None
) -> list[str]:
    """Write the parts that the draft has, and set the order's own columns. Returns their names,
    for the caller saves the order with what else it changes.

    Lines keep their rows by number, with what was received and invoiced of them. One that is left
    out is deleted as long as no vendor has seen the order, and afterwards marked as removed.
    """
    rows = rewrite_lines(order, draft, totals)
    OrderAdjustment.objects.filter(order=order).delete()
    insert_adjustments(order, draft, {row.line_no: row for row in rows})
    columns = {
        "currency": draft.currency,
        "reference": draft.reference,
        "contract_ref": draft.contract_ref,
        "requested_delivery": draft.requested_delivery,
        "ship_to": draft.ship_to,
        "bill_to": draft.bill_to,
        "terms": draft.terms,
        "note": draft.note,
        **totals_columns(totals, draft.currency),
        "receipt_status": receipt_facet(rows),
        "billing_status": billing_facet(rows),
        **({"vendor": vendor} if vendor else {}),
    }
    for name, value in columns.items():
        setattr(order, name, value)
    return list(columns)
