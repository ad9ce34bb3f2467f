"""Whether exchange rates make sense, by themselves and beside those that are known."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from apps.core.errors import FieldError
from apps.partners.policy.values import currency_faults
from apps.projects.models import ExchangeRate
from apps.projects.policy.rate_lines import NewRate

DAY = timedelta(days=1)  # It may be tomorrow already where the rates come from.
LONGEST_SOURCE = 100


def rate_faults(base: str, source: str, rates: Sequence[NewRate], at: datetime) -> list[FieldError]:
    faults = currency_faults(base, pointer="/base")
    if not 1 <= len(source) <= LONGEST_SOURCE:
        faults.append(FieldError("/source", "required", "Say whose rates these are."))
    for rate in rates:
        if rate.currency == base:
            faults.append(_fault(rate, "a rate is between two currencies."))
        if rate.on > (at + DAY).date():
            faults.append(_fault(rate, "nobody knows the rates of days to come."))
    seen = {(rate.on, rate.currency): rate for rate in rates}
    faults += [
        _fault(rate, "there are two rates for this day.")
        for rate in rates
        if seen[rate.on, rate.currency].rate != rate.rate
    ]
    return faults


def rate_conflicts(
    base: str,
    wanted: Mapping[tuple[date, str], NewRate],
    known: Mapping[tuple[date, str], ExchangeRate],
) -> list[FieldError]:
    return [
        FieldError(
            "/rates",
            "invalid",
            f"{one} is known as {one.rate.normalize():f}; withdraw that first.",
        )
        for key, one in known.items()
        if key in wanted and (one.currency != base or one.rate != wanted[key].rate)
    ]


def _fault(rate: NewRate, detail: str) -> FieldError:
    return FieldError("/rates", "invalid", f"{rate.currency}, {rate.on}: {detail}")
