"""Codes that documents of every app use."""

import pycountry

from apps.core.errors import FieldError

COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)


def country_faults(country: str, *, pointer: str = "/country") -> list[FieldError]:
    """ISO 3166-1 alpha-2, as the code list `countries` has it."""
    if country in COUNTRIES:
        return []
    detail = "A country is two capital letters of ISO 3166-1, such as SE."
    return [FieldError(pointer, "invalid", detail)]
