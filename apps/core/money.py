"""Currencies one can pay in, how many decimals each of them has (ISO 4217), and how people read
an amount.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

from iso4217 import Currency

# All there are, so that no text somebody sends is ever kept to answer it sooner the next time.
_MINOR_UNITS = {one.value: int(one.exponent) for one in Currency if one.exponent is not None}

_WIDE = Context(prec=80, rounding=ROUND_HALF_UP)


class UnknownCurrencyError(ValueError):
    """Not an ISO 4217 currency one can pay in (metals and test codes have no minor unit)."""


def minor_units(currency: str) -> int:
    """Decimals of a currency: 2 for EUR, 0 for JPY, 3 for KWD. Raises UnknownCurrencyError."""
    found = _MINOR_UNITS.get(currency)
    if found is None:
        raise UnknownCurrencyError("There is no such currency to pay in.")
    return found


def written(amount: Decimal, currency: str) -> str:
    """For people, on every page and in every sentence: `EUR 50,000.00`, `JPY 50,000`. Programs are
    given plain decimals.
    """
    return f"{currency} {in_minor_units(amount, currency):,f}"


def in_minor_units(amount: Decimal, currency: str) -> Decimal:
    """With the decimals of its currency, as forms are filled in: 5000.0000 is 5000.00 EUR."""
    return amount.quantize(Decimal(1).scaleb(-minor_units(currency)), context=_WIDE)
