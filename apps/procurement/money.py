"""Money and quantities as exact decimals: parsing and half-up rounding."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from apps.core.money import minor_units

INTEGER_DIGITS = 15
PRICE_DECIMALS = 4
LIMIT = Decimal(10) ** INTEGER_DIGITS
# Wide enough for a quantity times a price without loss; Python's default of 28 digits is not.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


class InexactAmountError(ValueError):
    """Not a plain decimal, or finer or larger than what it stands for can be."""


def round_half_up(value: Decimal, places: int) -> Decimal:
    """365.125 to two places is 365.13, and -365.125 is -365.13: halves go away from zero."""
    rounded = value.quantize(Decimal(1).scaleb(-places), context=EXACT)
    return rounded or abs(rounded)  # What rounds to nothing has no sign.


def parse_decimal(text: str, *, places: int, digits: int = INTEGER_DIGITS) -> Decimal:
    """A plain decimal such as `-12.50`: no exponent, no sign of plus, no leading zeros, no NaN.

    Raises InexactAmountError for anything else, and for more than ``digits`` before or ``places``
    after the point (zeros at the end do not count).
    """
    if not _PLAIN.fullmatch(text):
        raise InexactAmountError('Write a plain decimal number in a string, such as "12.50".')
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(whole) > digits:
        raise InexactAmountError(f"At most {digits} digits before the point.")
    if len(fraction.rstrip("0")) > places:
        raise InexactAmountError(f"At most {places} decimals.")
    return Decimal(text) or Decimal(0)  # Not -0, which would be written with its sign.


def plain(value: Decimal, *, places: int = 0) -> str:
    """The shortest plain decimal with at least ``places`` decimals: 4.2500 as `4.25`, 120 as
    `120`, never an exponent.
    """
    whole, _, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    return f"{whole}.{fraction}" if fraction else whole


def amount(value: Decimal, currency: str) -> str:
    """An amount as the currency writes it: `510.00` EUR, `510` JPY, `510.000` KWD."""
    return f"{round_half_up(value, minor_units(currency)):f}"
