"""What a purchase comes to in other currencies."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from apps.core.money import minor_units
from apps.procurement.money import EXACT, round_half_up
from apps.procurement.policy.purchasing.purchases import Amounts, Conversion
from apps.projects.policy import Rates


def convert(
    amount: Decimal, currency: str, targets: Iterable[str], rates: Rates, *, base: str
) -> Amounts:
    """In every currency that a rate leads to, across the buyer's own where there is none between
    the two, half-up in the target's minor units.
    """
    return dict(_converted(amount, currency, targets, rates, base))


def _converted(
    amount: Decimal, currency: str, targets: Iterable[str], rates: Rates, base: str
) -> Iterator[tuple[str, Conversion]]:
    for target in targets:
        found = rates.between(currency, target, via=base)
        if found is not None:
            yield target, Conversion(in_units(amount, found.rate, target), found.rate, found.on)


def in_units(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Half-up, and what costs anything never comes to nothing: orders too small to be counted
    would add up to any sum.
    """
    places = minor_units(currency)
    rounded = round_half_up(EXACT.multiply(amount, rate), places)
    return Decimal(1).scaleb(-places) if amount > 0 and not rounded else rounded
