"""The lists as they are shown, each with where it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pycountry
from iso4217 import Currency

from apps.core.canonical import canonical_digest
from apps.procurement.policy.codelists.units import NAMES, UNITS
from apps.procurement.states import LineResponse, Response

Entries = list[dict[str, Any]]
# UN/CEFACT 5305, as EN 16931 uses it; all but S, L and M are taxed at nothing.
TAX_CATEGORIES = {
    "AE": "Reverse charge",
    "E": "Exempt from tax",
    "G": "Free export item, tax not charged",
    "K": "Intra-community supply of goods and services, exempt",
    "L": "Canary Islands general indirect tax",
    "M": "Tax for production, services and importation in Ceuta and Melilla",
    "O": "Outside the scope of tax",
    "S": "Standard rate",
    "Z": "Zero rated goods",
}
TAXED = frozenset({"S", "L", "M"})


@dataclass(frozen=True)
class Codelist:
    """``source`` says whose list it is; ``read`` makes its entries, once in a process."""

    source: str
    read: Callable[[], Entries]

    @cached_property
    def entries(self) -> Entries:
        return self.read()

    @cached_property
    def digest(self) -> str:
        """Names the list's present content."""
        return canonical_digest([self.source, self.entries])


def _currencies() -> Entries:
    """Those one can pay in: metals and test codes have no minor unit."""
    return [
        {
            "code": one.value,
            "name": one.currency_name,
            "minor_units": int(one.exponent),
            "number": f"{one.number:03}",
        }
        for one in sorted(Currency, key=lambda one: str(one.value))
        if one.exponent is not None
    ]


def _countries() -> Entries:
    found = sorted(pycountry.countries, key=lambda country: str(country.alpha_2))
    return [{"code": country.alpha_2, "name": country.name} for country in found]


def _units() -> Entries:
    return [
        {"code": code, "name": NAMES.get(code), "decimals": decimals}
        for code, decimals in sorted(UNITS.items())
    ]


def _tax_categories() -> Entries:
    return [
        {"code": code, "name": name, "taxed": code in TAXED}
        for code, name in TAX_CATEGORIES.items()
    ]


CODELISTS = {
    "currencies": Codelist("ISO 4217", _currencies),
    "countries": Codelist("ISO 3166-1 alpha-2", _countries),
    "units": Codelist("UN/ECE recommendations 20 and 21, as EN 16931 takes them", _units),
    "tax-categories": Codelist("UN/CEFACT 5305, as EN 16931 takes it", _tax_categories),
    "order-responses": Codelist(
        "UN/CEFACT 4343, as Peppol's order response takes it",
        lambda: [{"code": code, "name": name} for code, name in Response.choices],
    ),
    "line-responses": Codelist(
        "UN/CEFACT 1229, as Peppol's order response takes it",
        lambda: [{"code": code, "name": name} for code, name in LineResponse.choices],
    ),
}
