"""The limits of a token: of each kind the smallest of what is asked and what policies say."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from apps.core.money import minor_units
from apps.oauth.policy.details import LIMITS, Detail
from apps.projects.models import PolicyVersion


def smallest_limits(said: dict[str, Any], versions: Sequence[PolicyVersion]) -> Detail | None:
    """``versions`` by number. None where nothing is limited."""
    offered = [_limits_of(version) for version in reversed(versions)]
    found = {}
    for kind in LIMITS:
        candidates = [limits[kind] for limits in (said, *offered) if kind in limits]
        if candidates:
            found[kind] = _smallest(candidates)
    return found or None


def _smallest(limits: Sequence[Detail]) -> Detail:
    """The smallest of those in the measure of the first: the client's own, which nothing else
    would enforce, or the newest policy's. Two currencies, or two periods, are not compared here.
    """
    alike = [one for one in limits if _measure(one) == _measure(limits[0])]
    return min(alike, key=lambda one: Decimal(one["amount"]))


def _measure(limit: Detail) -> tuple[str, int | None]:
    return limit["currency"], limit.get("days")


def _limits_of(version: PolicyVersion) -> dict[str, Detail]:
    amounts = {
        "per_order": version.per_order_max,
        "per_period": version.per_period_max,
        "total": version.cumulative_max,
    }
    found = {
        kind: _money(amount, version.currency)
        for kind, amount in amounts.items()
        if amount is not None
    }
    if "per_period" in found:
        found["per_period"]["days"] = version.period_days
    return found


def _money(amount: Decimal, currency: str) -> Detail:
    return {"amount": f"{amount:.{minor_units(currency)}f}", "currency": currency}
