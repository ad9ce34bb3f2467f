"""Policies and amounts in the words of the admin's pages."""

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.safestring import SafeString

from apps.core.money import written
from apps.identity.admin.cells import codes, many, stack, to
from apps.partners.models import Partner
from apps.projects.policy import PolicyTerms

Said = SafeString | str
ANY = "any"
NO_LIMIT = "no limit"


def money(amount: Decimal | None, currency: str) -> str:
    return NO_LIMIT if amount is None else written(amount, currency)


def vendors_named(*terms: PolicyTerms) -> dict[uuid.UUID, Partner]:
    """The vendors of all of these, by one statement."""
    return Partner.objects.in_bulk({vendor for one in terms for vendor in one.vendors})


def terms_in_words(terms: PolicyTerms, vendors: Mapping[uuid.UUID, Partner]) -> dict[str, Said]:
    """What a version says of everything it could speak of."""
    period = money(terms.per_period_max, terms.currency)
    if terms.period_days is not None:
        period = f"{period} in {many(terms.period_days, 'day')}"
    return {
        "Categories allowed": _listed(terms.categories_allowed, ANY),
        "Categories denied": _listed(terms.categories_denied, "none"),
        "Vendors": stack(to(vendors[one]) for one in terms.vendors) if terms.vendors else ANY,
        "Currencies": _listed(terms.currencies, ANY),
        "Shipped to": _listed(terms.ship_to, ANY),
        "A contract": "named by every order" if terms.requires_contract else "need not be named",
        "One order": money(terms.per_order_max, terms.currency),
        "Within a period": period,
        "Altogether": money(terms.cumulative_max, terms.currency),
        "Approved by a person from": money(terms.auto_approve_below, terms.currency)
        if terms.auto_approve_below is not None
        else "never",
    }


def _listed(entries: Iterable[str], otherwise: str) -> Said:
    entries = list(entries)
    return codes(entries) if entries else otherwise


def limits_in_short(terms: PolicyTerms) -> list[str]:
    """What restricts how much, and that something restricts what; none where nothing does."""
    currency, days = terms.currency, terms.period_days
    amounts = (
        (terms.per_order_max, "one order"),
        (terms.per_period_max, f"in {many(days or 0, 'day')}"),
        (terms.cumulative_max, "altogether"),
        (terms.auto_approve_below, "and more: a person approves"),
    )
    told = [f"{money(most, currency)} {what}" for most, what in amounts if most is not None]
    told += ["only under a contract"] if terms.requires_contract else []
    kinds = {
        "categories": (*terms.categories_allowed, *terms.categories_denied),
        "vendors": terms.vendors,
        "currencies": terms.currencies,
        "places": terms.ship_to,
    }
    narrowed = [kind for kind, entries in kinds.items() if entries]
    return [*told, f"only certain {', '.join(narrowed)}"] if narrowed else told
