"""What a rule says of a purchase whatever it costs: one function each, None where it may pass."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from apps.procurement.policy.purchasing.decisions import Reason
from apps.procurement.policy.purchasing.purchases import Purchase
from apps.procurement.policy.purchasing.rules import Rule, RuleBook
from apps.projects.policy import covers


def check_facts(
    purchase: Purchase, book: RuleBook, *, at: datetime, action: str | None
) -> Iterator[Reason]:
    """Why the purchase may not be, whatever it costs; what the token does not grant comes before
    what rules say of the purchase.
    """
    if book.policy_required and book.policy_version is None:
        yield Reason(
            code="policy-missing",
            denies=True,
            detail="No purchasing policy speaks of this caller here, and the buyer requires one.",
        )
    for rule in book.rules:
        if action and (reason := action_reason(rule, action, at)):
            yield reason
    for rule in book.rules:
        for check in CHECKS:
            if reason := check(purchase, rule):
                yield reason


def action_reason(rule: Rule, action: str, at: datetime) -> Reason | None:
    """What a token's details do not name is not granted (reference 3c, RFC 9396 section 7)."""
    if rule.actions is not None and action not in rule.actions:
        detail = f"The token's authorization details do not grant {action} in this project."
        return _denied("action-not-granted", rule, detail)
    if rule.valid_until is not None and rule.valid_until <= at:
        detail = "The token's authorization details for this project hold no longer."
        return _denied("action-not-granted", rule, detail)
    return None


def allowed_category_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    """Every line is in a category that is allowed; one without a category is in none."""
    allowed = rule.categories_allowed
    outside = [one for one in purchase.categories if not covers(allowed, one)]
    if not allowed or not outside:
        return None
    return _denied("category-not-allowed", rule, f"{_name(outside)} not among those allowed.")


def denied_category_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    """No line is in a category that is denied, nor in one so coarse that it might be: leaving the
    code out, or its last digits, is no way around.
    """
    denied = [one for one in purchase.categories if concerns(rule.categories_denied, one)]
    if not denied:
        return None
    return _denied("category-not-allowed", rule, f"{_name(denied)} denied, or includes what is.")


def concerns(prefixes: Iterable[str], code: str) -> bool:
    """Whether a line of this category may be of these, as far as the code tells: whatever signs
    it is written with.
    """
    found = _bare(code)
    return any(
        found.startswith(prefix) or prefix.startswith(found) for prefix in map(_bare, prefixes)
    )


def _bare(code: str) -> str:
    folded = unicodedata.normalize("NFKC", code).upper()
    return "".join(sign for sign in folded if sign.isalnum())


def vendor_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    if not rule.vendors or purchase.vendor is None or purchase.vendor in rule.vendors:
        return None
    return _denied("vendor-not-allowed", rule, "The vendor is not among those allowed.")


def currency_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    if not rule.currencies or purchase.currency in rule.currencies:
        return None
    allowed = ", ".join(sorted(rule.currencies))
    return _denied("currency-not-allowed", rule, f"Orders are in {allowed}.")


def ship_to_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    """A place is a country, or a country and the beginning of a postal code: `SE`, `SE-11`."""
    if not rule.ship_to or purchase.ship_to is None:
        return None
    country = str(purchase.ship_to.get("country", ""))
    postcode = "".join(str(purchase.ship_to.get("postcode") or "").split()).upper()
    if any(_is_at(place, country, postcode) for place in rule.ship_to):
        return None
    allowed = ", ".join(rule.ship_to)
    return _denied("ship-to-not-allowed", rule, f"Goods are sent to {allowed}, which is said.")


def _is_at(place: str, country: str, postcode: str) -> bool:
    wanted, _, beginning = place.partition("-")
    return country == wanted and postcode.startswith("".join(beginning.split()).upper())


CHECKS: tuple[Callable[[Purchase, Rule], Reason | None], ...] = (
    allowed_category_reason,
    denied_category_reason,
    vendor_reason,
    currency_reason,
    ship_to_reason,
)


def _name(codes: Iterable[str]) -> str:
    named = [code or "a line without a category" for code in sorted(codes)]
    return f"{', '.join(named)} is"


def _denied(code: str, rule: Rule, detail: str) -> Reason:
    return Reason(code=code, denies=True, detail=detail, source=rule.source)
