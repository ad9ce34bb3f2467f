"""Exchange rates as people and central banks write them: one line for each."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from apps.core.errors import FieldError, ValidationFailedError
from apps.partners.policy.values import currency_faults

COLUMNS = ("date", "currency", "rate")
MOST_LINES = 5000
HIGHEST = Decimal(10) ** 9
PLACES = 10


class NewRate(NamedTuple):
    """One unit of the base currency is worth ``rate`` of ``currency`` from the day ``on``."""

    on: date
    currency: str
    rate: Decimal


def read_rates(lines: Iterable[str], *, on: date | None = None) -> list[NewRate]:
    """Of `currency,rate` for the one day ``on``, or else of `date,currency,rate`; a line of
    headings may come first. Raises ValidationFailedError, which names the lines.
    """
    wanted = COLUMNS if on is None else COLUMNS[1:]
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in enumerate(csv.reader(lines), 1)
        if "".join(row).strip()
    ]
    if rows and tuple(cell.lower() for cell in rows[0][1]) == wanted:
        del rows[0]
    read, faults = [], _how_many(len(rows))
    for number, row in rows[:MOST_LINES]:
        try:
            read.append(_one(row, on=on))
        except ValueError as error:
            faults.append(FieldError("/rates", "invalid", f"Line {number}: {error}"))
    if faults:
        raise ValidationFailedError("These are not exchange rates.", errors=faults)
    return read


def _how_many(number: int) -> list[FieldError]:
    if 1 <= number <= MOST_LINES:
        return []
    return [FieldError("/rates", "invalid", f"Give 1 to {MOST_LINES} lines.")]


def _one(row: Sequence[str], *, on: date | None) -> NewRate:
    """Raises ValueError, which says what is wrong."""
    first = () if on is None else (on.isoformat(),)
    cells = (*first, *row)
    if len(cells) != len(COLUMNS):
        wanted = ",".join(COLUMNS[len(first) :])
        raise ValueError(f"write {wanted}.")
    day, currency, rate = cells
    return NewRate(date.fromisoformat(day), _currency(currency.upper()), _rate(rate))


def _currency(code: str) -> str:
    if currency_faults(code, pointer=""):
        raise ValueError(f"{code!r} is not a currency one can pay in.")
    return code


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number.") from None
    if not rate.is_finite() or not 0 < rate < HIGHEST:
        raise ValueError("a rate is a number above nothing, below a thousand million.")
    if rate != round(rate, PLACES):
        raise ValueError(f"a rate has at most {PLACES} decimals.")
    return rate
