"""What a buyer's company is made of."""

import zoneinfo
from functools import cache

import iso4217

from apps.core.errors import FieldError
from apps.core.policy import country_faults
from apps.projects.models import BuyerEntity


@cache
def time_zones() -> frozenset[str]:
    """Of the IANA database; each look reads hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


def entity_faults(entity: BuyerEntity) -> list[FieldError]:
    """Country, currency and time zone are codes that others will have to understand."""
    faults = country_faults(entity.country)
    if entity.base_currency not in {currency.code for currency in iso4217.Currency}:
        detail = f"{entity.base_currency!r} is not a currency of ISO 4217, such as EUR."
        faults.append(FieldError("/base_currency", "unknown-currency", detail))
    if entity.timezone not in time_zones():
        detail = f"{entity.timezone!r} is not a time zone, such as Europe/Stockholm."
        faults.append(FieldError("/timezone", "unknown-timezone", detail))
    return faults
