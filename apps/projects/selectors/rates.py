"""Exchange rates that count on a day."""

from collections.abc import Collection
from datetime import date, timedelta

from apps.projects.models import ExchangeRate
from apps.projects.money import DAYS, KnownRate, Rate, Rates


def rates_among(*, currencies: Collection[str], day: date) -> Rates:
    """The newest rate of every pair of these, of that day or at most 40 days before; one
    statement, and none where there is no pair. To reckon across a third currency, name it too.
    """
    among = set(currencies)
    if len(among) <= 1:
        return Rates(())
    newest = (
        ExchangeRate.objects.filter(
            currency__in=among,
            base_currency__in=among,
            on__lte=day,
            on__gte=day - timedelta(days=DAYS),
            withdrawn_at__isnull=True,
        )
        .order_by("currency", "base_currency", "-on")
        .distinct("currency", "base_currency")
        .values_list("currency", "base_currency", "on", "rate")
    )
    return Rates(KnownRate(*row) for row in newest)


def rate_between(*, currency: str, target: str, day: date, via: str = "") -> Rate | None:
    """What one unit is worth in the target on that day; None where nobody said."""
    named = {code for code in (currency, target, via) if code}
    known = rates_among(currencies=named if currency != target else (), day=day)
    return known.between(currency, target, via=via)
