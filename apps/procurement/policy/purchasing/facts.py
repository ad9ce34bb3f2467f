"""What a rule says of a purchase whatever it costs: one function each, None where it may pass."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from apps.procurement.policy.purchasing.decisions import Reason
from apps.procurement.policy.purchasing.purchases import Purchase
from apps.procurement.policy.purchasing.rules import Rule, RuleBook, SourceKind
from apps.projects.policy import covers

MOST_NAMED = 10


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
    detail = f"{_name(outside)} not among those that {_whose(rule)} allows: {_some(allowed)}."
    return _denied("category-not-allowed", rule, detail, *_lines_of(purchase, outside))


def denied_category_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    """No line is in a category that is denied, nor in one so coarse that it might be: leaving the
    code out, or its last digits, is no way around.
    """
    denied = [one for one in purchase.categories if concerns(rule.categories_denied, one)]
    if not denied:
        return None
    detail = f"{_name(denied)} denied, or includes what is."
    return _denied("category-not-allowed", rule, detail, *_lines_of(purchase, denied))


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
    detail = f"The vendor is not among those that {_whose(rule)} allows."
    return _denied("vendor-not-allowed", rule, detail, "/vendor")


def currency_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    if not rule.currencies or purchase.currency in rule.currencies:
        return None
    allowed = ", ".join(sorted(rule.currencies))
    detail = f"By {_whose(rule)}, orders are in {allowed} only."
    return _denied("currency-not-allowed", rule, detail, "/currency")


def ship_to_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    """A place is a country, or a country and the beginning of a postal code: `SE`, `SE-11`."""
    if not rule.ship_to or purchase.ship_to is None:
        return None
    country = str(purchase.ship_to.get("country", ""))
    postcode = "".join(str(purchase.ship_to.get("postcode") or "").split()).upper()
    if any(_is_at(place, country, postcode) for place in rule.ship_to):
        return None
    allowed = f"by {_whose(rule)}, goods go to {_or(rule.ship_to)} only"
    place = " ".join(filter(None, (country, postcode)))
    detail = f"Not to {place}: {allowed}." if place else f"The order names no place: {allowed}."
    return _denied("ship-to-not-allowed", rule, detail, "/ship_to")


def _is_at(place: str, country: str, postcode: str) -> bool:
    wanted, _, beginning = place.partition("-")
    return country == wanted and postcode.startswith("".join(beginning.split()).upper())


def contract_reason(purchase: Purchase, rule: Rule) -> Reason | None:
    """The buyer's own number of a contract, which is not looked up anywhere (reference 2b)."""
    if not rule.requires_contract or purchase.contract_ref is None or purchase.contract_ref:
        return None
    detail = "Orders name the contract that they are under."
    return _denied("contract-required", rule, detail, "/contract_ref")


CHECKS: tuple[Callable[[Purchase, Rule], Reason | None], ...] = (
    allowed_category_reason,
    denied_category_reason,
    vendor_reason,
    currency_reason,
    ship_to_reason,
    contract_reason,
)


def _name(codes: Iterable[str]) -> str:
    named = [code or "a line without a category" for code in sorted(codes)]
    return f"{', '.join(named)} is"


def _whose(rule: Rule) -> str:
    return rule.source.name if rule.source.kind != SourceKind.TOKEN else "the token"


def _or(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _some(codes: Sequence[str]) -> str:
    more = len(codes) - MOST_NAMED
    return ", ".join([*codes[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _lines_of(purchase: Purchase, categories: Iterable[str]) -> tuple[str, ...]:
    """Where these stand in the order."""
    named = set(categories)
    places = (place for place, one in enumerate(purchase.lines) if one in named)
    return tuple(f"/lines/{place}/category" for place in places)


def _denied(code: str, rule: Rule, detail: str, *pointers: str) -> Reason:
    return Reason(code=code, denies=True, detail=detail, source=rule.source, pointers=pointers)
