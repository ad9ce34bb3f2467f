"""Whether what a purchasing policy is to say makes sense."""

from collections.abc import Iterator

from apps.core.errors import FieldError
from apps.partners.policy.values import currency_faults
from apps.projects.policy.amounts import amount_faults
from apps.projects.policy.codes import category_faults, covers, place_faults
from apps.projects.policy.terms import AMOUNTS, PolicyTerms

LONGEST_PERIOD = 366


def terms_faults(terms: PolicyTerms) -> list[FieldError]:
    """Of tidied terms, apart from whether the vendors exist."""
    return [
        *_currency_faults(terms),
        *category_faults(terms.categories_allowed, pointer="/categories_allowed"),
        *category_faults(terms.categories_denied, pointer="/categories_denied"),
        *_void_categories(terms),
        *place_faults(terms.ship_to, pointer="/ship_to"),
        *_amounts(terms),
        *_period(terms),
    ]


def _currency_faults(terms: PolicyTerms) -> list[FieldError]:
    others = [
        FieldError("/currencies", "invalid", f"{code!r} is not a currency one can pay in.")
        for code in terms.currencies
        if currency_faults(code, pointer="")
    ]
    return currency_faults(terms.currency, pointer="/currency") + others


def _void_categories(terms: PolicyTerms) -> Iterator[FieldError]:
    """What is denied takes something away from what is allowed, but not all that an entry says."""
    allowed, denied = terms.categories_allowed, terms.categories_denied
    for code in allowed:
        if covers(denied, code):
            detail = f"{code} is allowed, but all of it is denied."
            yield FieldError("/categories_allowed", "denied-too", detail)
    for code in denied:
        touched = covers(allowed, code) or any(covers((code,), one) for one in allowed)
        if allowed and not touched:
            detail = f"{code} is not allowed anyway, so it need not be denied."
            yield FieldError("/categories_denied", "not-allowed-anyway", detail)


def _amounts(terms: PolicyTerms) -> Iterator[FieldError]:
    for name in AMOUNTS:
        amount = getattr(terms, name)
        if amount is not None:
            yield from amount_faults(amount, terms.currency, pointer=f"/{name}")


def _period(terms: PolicyTerms) -> Iterator[FieldError]:
    if (terms.per_period_max is None) != (terms.period_days is None):
        missing = "/period_days" if terms.period_days is None else "/per_period_max"
        yield FieldError(missing, "required", "A limit per period is an amount and its days.")
    elif terms.period_days is not None and not 1 <= terms.period_days <= LONGEST_PERIOD:
        detail = f"A period has 1 to {LONGEST_PERIOD} days."
        yield FieldError("/period_days", "invalid", detail)
