"""Currencies one can pay in, and how many decimals each of them has (ISO 4217)."""

from iso4217 import Currency

# All there are, so that no text somebody sends is ever kept to answer it sooner the next time.
_MINOR_UNITS = {one.value: int(one.exponent) for one in Currency if one.exponent is not None}


class UnknownCurrencyError(ValueError):
    """Not an ISO 4217 currency one can pay in (metals and test codes have no minor unit)."""


def minor_units(currency: str) -> int:
    """Decimals of a currency: 2 for EUR, 0 for JPY, 3 for KWD. Raises UnknownCurrencyError."""
    found = _MINOR_UNITS.get(currency)
    if found is None:
        raise UnknownCurrencyError("There is no such currency to pay in.")
    return found
