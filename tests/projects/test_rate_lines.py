"""Exchange rates as lines of text."""

from datetime import date
from decimal import Decimal

import pytest

from apps.core.errors import ValidationFailedError
from apps.projects.policy.rate_lines import MOST_LINES, NewRate, read_rates

DAY = date(2026, 3, 2)
USD = NewRate(DAY, "USD", Decimal("1.0842"))


@pytest.mark.parametrize(
    "lines",
    (
        ["USD,1.0842"],
        ["currency,rate", "", " usd , 1.0842 "],
        ["Currency,Rate", '"USD","1.0842"', ""],
    ),
)
def test_read_rates_of_one_day(lines: list[str]) -> None:
    assert read_rates(lines, on=DAY) == [USD]


def test_read_rates_that_name_their_days() -> None:
    lines = ["date,currency,rate", "2026-03-02,USD,1.0842", "2026-03-03,SEK,11"]

    assert read_rates(lines) == [USD, NewRate(date(2026, 3, 3), "SEK", Decimal(11))]


@pytest.mark.parametrize(
    ("line", "said"),
    (
        ("USD", "Line 2: write currency,rate."),
        ("USD,1,2", "Line 2: write currency,rate."),
        ("XAU,1", "Line 2: 'XAU' is not a currency one can pay in."),
        ("USD,one", "Line 2: 'one' is not a number."),
        ("USD,0", "Line 2: a rate is a number above nothing, below a thousand million."),
        ("USD,-1", "Line 2: a rate is a number above nothing, below a thousand million."),
        ("USD,NaN", "Line 2: a rate is a number above nothing, below a thousand million."),
        ("USD,1e9", "Line 2: a rate is a number above nothing, below a thousand million."),
        ("USD,0.00000000001", "Line 2: a rate has at most 10 decimals."),
    ),
)
def test_read_rates_names_the_line_that_is_none(line: str, said: str) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        read_rates(["currency,rate", line, "SEK,11"], on=DAY)

    assert [fault.detail for fault in refused.value.errors] == [said]


def test_read_rates_names_a_day_that_is_none() -> None:
    with pytest.raises(ValidationFailedError) as refused:
        read_rates(["2026-02-30,USD,1"])

    assert refused.value.errors[0].detail.startswith("Line 1: ")


@pytest.mark.parametrize("number", (0, MOST_LINES + 1))
def test_read_rates_takes_some_and_not_too_many(number: int) -> None:
    with pytest.raises(ValidationFailedError):
        read_rates(["USD,1"] * number, on=DAY)
