"""What a version of a purchasing policy says, apart from when and by whom."""

import uuid
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from apps.projects.models import PolicyVersion
from apps.projects.policy.codes import written_alike

AMOUNTS = ("per_order_max", "per_period_max", "cumulative_max", "auto_approve_below")


@dataclass(frozen=True, kw_only=True)
class PolicyTerms:
    """Empty lists and missing amounts restrict nothing; amounts are in ``currency``, without tax.
    models.PolicyVersion says what each of them means.
    """

    currency: str
    categories_allowed: tuple[str, ...] = ()
    categories_denied: tuple[str, ...] = ()
    vendors: tuple[uuid.UUID, ...] = ()
    currencies: tuple[str, ...] = ()
    ship_to: tuple[str, ...] = ()
    per_order_max: Decimal | None = None
    per_period_max: Decimal | None = None
    period_days: int | None = None
    cumulative_max: Decimal | None = None
    auto_approve_below: Decimal | None = None
    requires_contract: bool = False

    def tidied(self) -> "PolicyTerms":
        """The same, written as it is kept: capitals, no doubles, in order."""
        return replace(
            self,
            currency=self.currency.strip().upper(),
            categories_allowed=written_alike(self.categories_allowed),
            categories_denied=written_alike(self.categories_denied),
            vendors=tuple(sorted(set(self.vendors))),
            currencies=written_alike(self.currencies),
            ship_to=written_alike(self.ship_to),
        )

    def as_columns(self) -> dict[str, Any]:
        """By the names of a version's columns, lists as the database takes them."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in named.items()
        }


def terms_of(version: PolicyVersion) -> PolicyTerms:
    values: dict[str, Any] = {
        field.name: getattr(version, field.name) for field in fields(PolicyTerms)
    }
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return PolicyTerms(**values | lists)
