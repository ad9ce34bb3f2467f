"""Amounts that rules may name."""

from decimal import Decimal

from apps.core.errors import FieldError
from apps.core.money import UnknownCurrencyError, minor_units

LIMIT = Decimal(10) ** 15


def amount_faults(amount: Decimal, currency: str, *, pointer: str) -> list[FieldError]:
    """Not negative, and payable in a currency that is known: EUR 0.001 is not."""
    try:
        places = minor_units(currency)
    except UnknownCurrencyError:
        return []  # The currency has a fault of its own.
    if not amount.is_finite() or not 0 <= amount < LIMIT:
        return [FieldError(pointer, "invalid", "An amount has 0 to 15 digits and no sign.")]
    if amount != round(amount, places):
        detail = f"{currency} has {places} decimals."
        return [FieldError(pointer, "too-many-decimals", detail)]
    return []
