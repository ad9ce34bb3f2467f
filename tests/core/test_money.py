"""Currencies and their decimals."""

from weakref import ref

import pytest

from apps.core.money import UnknownCurrencyError, minor_units


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
