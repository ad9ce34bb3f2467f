"""An invoice beside all that it is compared with, as the rules of matching take it."""

from collections.abc import Sequence
from decimal import Decimal

from apps.procurement.models import Invoice, PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.matching import (
    Claim,
    Whole,
    allowed_charges,
    allowed_total,
)
from apps.procurement.policy.tolerances import tolerance_for
from apps.procurement.selectors.matching import alike, claimed_before, totals_before
from apps.procurement.selectors.tolerances import tolerances_of

NOTHING = (Decimal(0), Decimal(0))


def whole_of(invoice: Invoice, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> Whole:
    """Everything the rules of matching ask for. Wants the order and its lines locked, and with
    them those that a change took away: an invoice may name one that was credited since.
    """
    known = tolerances_of(order)
    tolerances = {line.pk: tolerance_for(line.category, known) for line in lines}
    before, rows = claimed_before(invoice), {line.pk: line for line in lines}
    claims = []
    for claimed in invoice.lines.all():
        quantity, money = before.get(claimed.line_id, NOTHING)
        claims.append(
            Claim(
                line_id=claimed.pk,
                line=rows[claimed.line_id],
                tolerance=tolerances[claimed.line_id],
                quantity=claimed.quantity_claimed,
                net=claimed.amount_claimed,
                tax=Tax(claimed.tax_category, claimed.tax_rate),
                before=quantity,
                paid_before=money,
            )
        )
    standing = [(line.net, tolerances[line.pk]) for line in lines if line.removed_in is None]
    chargeable = allowed_charges(order, tolerance_for("", known))
    total, charged = totals_before(invoice)
    return Whole(
        order=order,
        claims=claims,
        allowed=allowed_total(order, standing, chargeable),
        net=invoice.tax_exclusive - invoice.credited_exclusive,
        paid_before=total,
        charges=invoice.charges_total,
        charged_before=charged,
        chargeable=chargeable,
        adjusted=[_tax(said["tax"]) for said in (*invoice.allowances, *invoice.charges)],
        agreed=[_tax(said) for said in order.tax_subtotals],
        alike=alike(invoice),
    )


def _tax(said: dict[str, str]) -> Tax:
    return Tax(said["category"], Decimal(said["rate"]))
