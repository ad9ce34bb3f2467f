"""What so much of an order's line may cost."""

from decimal import Decimal, localcontext

from apps.core.money import minor_units
from apps.procurement.models import PurchaseOrderLine
from apps.procurement.money import EXACT, round_half_up
from apps.procurement.policy.claims import Claim
from apps.procurement.policy.tolerances import with_tolerance
from apps.procurement.policy.totals import PERCENT, gross

ZERO = Decimal(0)


def allowed_net(claim: Claim, currency: str) -> Decimal:
    """What may be claimed of a line for as much, after what was claimed before: what was agreed,
    less money that earlier invoices kept for pieces they credited, and in all the line's amount,
    each with the price tolerance (2d no. 3).
    """
    percent, places = claim.tolerance.price_percent, minor_units(currency)
    so_much = round_half_up(agreed_amount(claim.line, claim.quantity, currency, percent), places)
    in_all = round_half_up(with_tolerance(claim.line.net, percent), places)
    return max(min(so_much - claim.kept, in_all - claim.paid_before), ZERO)


def agreed_amount(
    line: PurchaseOrderLine, quantity: Decimal, currency: str, percent: Decimal = ZERO
) -> Decimal:
    """What so much of the line costs by the order, with its share of what is taken off or added
    to the line, and so many percent more. Not rounded, and divided last: half a cent stays half.
    """
    with localcontext(EXACT):
        whole = gross(line.quantity, line.unit_price, line.price_base_quantity)
        adjusted = line.net - round_half_up(whole, minor_units(currency))
        share = line.unit_price * line.quantity + adjusted * line.price_base_quantity
        parts = line.price_base_quantity * line.quantity * PERCENT
        return quantity * share * (PERCENT + percent) / parts
