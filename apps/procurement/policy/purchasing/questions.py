"""What somebody would like to order, before there is a draft of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.core.errors import FieldError, ValidationFailedError
from apps.core.money import UnknownCurrencyError, minor_units
from apps.procurement.money import LIMIT, round_half_up
from apps.procurement.policy.purchasing.purchases import Purchase


@dataclass(frozen=True, kw_only=True)
class Question:
    """``amount`` is without tax; ``project`` and ``vendor`` are public ids as they were given. What
    is left out, the answer leaves open.
    """

    project: str
    currency: str
    amount: Decimal
    categories: frozenset[str] = frozenset()
    vendor: str = ""
    ship_to: Mapping[str, Any] | None = None
    contract_ref: str | None = None


def check_price(amount: Decimal, currency: str) -> None:
    """An amount that an order can come to. Raises ValidationFailedError."""
    faults = [*_faults(amount, currency)]
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)


def _faults(amount: Decimal, currency: str) -> Iterator[FieldError]:
    try:
        places = minor_units(currency)
    except UnknownCurrencyError:
        detail = "Use a code of ISO 4217, such as EUR."
        yield FieldError("/currency", "unknown-currency", detail)
        return
    if amount < 0:
        yield FieldError("/amount", "negative", "An order does not come to less than nothing.")
    if amount >= LIMIT:
        yield FieldError("/amount", "too-large", "No order comes to so much.")
    elif amount != round_half_up(amount, places):
        yield FieldError("/amount", "too-precise", f"The currency has {places} decimals.")


def left_open(purchase: Purchase) -> tuple[str, ...]:
    """What the question did not say, and so no rule was asked about; orders do say it."""
    said = {
        "categories": bool(purchase.categories),
        "vendor": purchase.vendor is not None,
        "ship_to": purchase.ship_to is not None,
        "contract_ref": purchase.contract_ref is not None,
    }
    return tuple(name for name, is_said in said.items() if not is_said)
