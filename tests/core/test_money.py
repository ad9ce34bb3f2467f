"""Currencies and their decimals."""

from decimal import Decimal
from weakref import ref

import pytest

from apps.core.money import UnknownCurrencyError, minor_units, written


@pytest.mark.parametrize(("currency", "units"), (("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)))
def test_minor_units_are_those_of_iso_4217(currency: str, units: int) -> None:
    assert minor_units(currency) == units


@pytest.mark.parametrize("currency", ("XXX", "XTS", "XAU", "EURO", "eur", "", "€", "\ud800"))
def test_minor_units_of_what_nobody_pays_in_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrencyError):
        minor_units(currency)


class Text(str):
    """A string of which can be told whether anybody still holds it."""

    __slots__ = ("__weakref__",)


def test_hostile_currency_is_not_remembered() -> None:
    """Attack: millions of long currencies that nobody has, to fill the memory."""
    hostile = Text("x" * 5000)
    held = ref(hostile)

    with pytest.raises(UnknownCurrencyError) as refused:
        minor_units(hostile)
    said = str(refused.value)
    del hostile, refused

    assert (held(), "x" * 10 in said) == (None, False)


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    (
        ("50000", "EUR", "EUR 50,000.00"),
        ("1234567.8900", "EUR", "EUR 1,234,567.89"),
        ("999.9", "EUR", "EUR 999.90"),
        ("0", "EUR", "EUR 0.00"),
        ("0.125", "EUR", "EUR 0.13"),
        ("1234.5", "JPY", "JPY 1,235"),
        ("1234", "KWD", "KWD 1,234.000"),
    ),
)
def test_amount_is_written_with_its_currency_and_thousands(
    amount: str, currency: str, said: str
) -> None:
    assert written(Decimal(amount), currency) == said
