"""What somebody wants to buy, as far as rules may speak of it, and what it costs elsewhere."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.procurement.policy.purchasing.come_of import ComeOf


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """``amount`` is without tax. ``vendor``, ``ship_to`` and ``contract_ref`` are None, and
    ``categories`` empty, where a question leaves them open. Of an order, `""` is the category of a
    line that has none, and the contract of one under none, and an empty object the address of one
    without. ``lines`` are the categories in the order of its lines, where these can be pointed at.
    """

    project: uuid.UUID
    currency: str
    amount: Decimal
    categories: frozenset[str] = frozenset()
    vendor: uuid.UUID | None = None
    ship_to: Mapping[str, Any] | None = None
    contract_ref: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conversion:
    """An amount in another currency, in its minor units, by the rate of a day; by 1 and of no day
    where it is the same currency.
    """

    amount: Decimal
    rate: Decimal = Decimal(1)
    on: date | None = None

    def come_of(self, purchase: Purchase) -> ComeOf | None:
        """What it came of; None where nothing was converted."""
        if self.on is None:
            return None
        return ComeOf(
            amount=purchase.amount, currency=purchase.currency, rate=self.rate, on=self.on
        )


# By currency; one is missing where no rate leads to it.
Amounts = Mapping[str, Conversion]
