"""What of an order's allowances each of its invoices passes on."""

from decimal import Decimal, localcontext

from apps.procurement.money import EXACT, round_half_up

ZERO = Decimal(0)


def allowance_due(
    *,
    agreed: Decimal,
    lines_net: Decimal,
    claimed_before: Decimal,
    taken_before: Decimal,
    claimed: Decimal,
    places: int,
) -> Decimal:
    """The share of ``agreed`` that goes with the lines' nets claimed now: in proportion, halves up,
    and no more than earlier invoices left of what was due by now. The invoice that completes the
    order's lines takes all that is left, so that the shares come to what was agreed, exactly.

    A vendor who rounds each share by itself is right too; one who took more off before has that
    counted.
    """
    if lines_net <= 0 or claimed <= 0:
        return ZERO
    so_far = claimed_before + claimed
    if so_far >= lines_net:
        return max(agreed - taken_before, ZERO)
    with localcontext(EXACT):
        own = round_half_up(agreed * claimed / lines_net, places)
        by_now = round_half_up(agreed * so_far / lines_net, places)
    return min(own, max(by_now - taken_before, ZERO))
