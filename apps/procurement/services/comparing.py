"""An invoice beside all that it is compared with, as the rules of matching take it."""

from collections.abc import Mapping, Sequence

from apps.procurement.models import Invoice, PurchaseOrder, PurchaseOrderLine, Tolerance
from apps.procurement.policy.claims import Claim, Whole
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.tolerances import tolerance_for
from apps.procurement.selectors.matching import LineBefore, alike, claimed_before, wholes_before
from apps.procurement.selectors.tolerances import tolerances_of
from apps.procurement.services.taxing import adjusted_by_tax

Lines = Sequence[PurchaseOrderLine]


def whole_of(invoice: Invoice, order: PurchaseOrder, lines: Lines) -> Whole:
    """Everything the rules of matching ask for. Wants the order and its lines locked, and with
    them those that a change took away: an invoice may name one that was credited since.
    """
    known = tolerances_of(order)
    tolerances = {line.pk: tolerance_for(line.category, known) for line in lines}
    on_lines, on_wholes = claimed_before(invoice), wholes_before(invoice)
    return Whole(
        order=order,
        claims=_claims(invoice, lines, tolerances, on_lines),
        net=invoice.tax_exclusive - invoice.credited_exclusive,
        lines=[(line.net, tolerances[line.pk]) for line in lines if line.removed_in is None],
        general=tolerance_for("", known),
        paid_before=on_wholes.total,
        adjusted=adjusted_by_tax(invoice, order, lines, on_lines, on_wholes),
        alike=alike(invoice),
    )


def _claims(
    invoice: Invoice,
    lines: Lines,
    tolerances: Mapping[int, Tolerance],
    before: Mapping[int, LineBefore],
) -> list[Claim]:
    rows, nothing = {line.pk: line for line in lines}, LineBefore()
    return [
        Claim(
            line_id=claimed.pk,
            line=rows[claimed.line_id],
            tolerance=tolerances[claimed.line_id],
            quantity=claimed.quantity_claimed,
            net=claimed.amount_claimed,
            tax=Tax(claimed.tax_category, claimed.tax_rate),
            before=before.get(claimed.line_id, nothing).quantity,
            paid_before=before.get(claimed.line_id, nothing).money,
            kept=before.get(claimed.line_id, nothing).kept,
        )
        for claimed in invoice.lines.all()
    ]
