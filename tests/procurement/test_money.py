"""Exact decimals: minor units, half-up, strict parsing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.procurement.money import (
    InexactAmountError,
    amount,
    parse_decimal,
    plain,
    round_half_up,
)


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    (
        ("365.125", "EUR", "365.13"),
        ("-365.125", "EUR", "-365.13"),
        ("156435.885", "EUR", "156435.89"),
        ("-156435.885", "EUR", "-156435.89"),
        ("0.5", "JPY", "1"),
        ("1234", "JPY", "1234"),
        ("1.0005", "KWD", "1.001"),
        ("2", "KWD", "2.000"),
        ("-0.001", "EUR", "0.00"),
    ),
)
def test_amount_is_rounded_half_up_to_the_minor_unit(
    value: str, currency: str, written: str
) -> None:
    assert amount(Decimal(value), currency) == written


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=6), st.integers(0, 4))
def test_rounding_errs_by_half_a_unit_at_most(value: Decimal, places: int) -> None:
    unit = Decimal(1).scaleb(-places)

    off = round_half_up(value, places) - value

    assert abs(off) <= unit / 2
    assert off != -unit / 2 or value < 0
    assert off != unit / 2 or value > 0


@pytest.mark.parametrize(
    ("text", "value"),
    (("0", "0"), ("-0.00", "0"), ("4.2500", "4.25"), ("-12.5", "-12.5"), ("9" * 15, "9" * 15)),
)
def test_parsing_reads_plain_decimals(text: str, value: str) -> None:
    assert parse_decimal(text, places=2) == Decimal(value)


def test_parsing_minus_nothing_gives_nothing() -> None:
    assert str(parse_decimal("-0.00", places=2)) == "0"


@pytest.mark.parametrize(
    "text",
    ("", " 1", "1 ", "+1", "1e3", "1E3", "NaN", "Infinity", "01", ".5", "5.", "1,5", "1_0", "٣",
     "1.001", "1" + "0" * 15, "0x1", "--1", "1\n"),
)  # fmt: skip
def test_parsing_refuses_anything_else(text: str) -> None:
    with pytest.raises(InexactAmountError):
        parse_decimal(text, places=2)


@pytest.mark.parametrize(
    ("value", "places", "written"),
    (("4.2500", 4, "4.2500"), ("4.25", 4, "4.2500"), ("120.000000", 0, "120"), ("1E+3", 0, "1000"),
     ("0.500000", 0, "0.5")),
)  # fmt: skip
def test_plain_never_writes_an_exponent(value: str, places: int, written: str) -> None:
    assert plain(Decimal(value), places=places) == written
