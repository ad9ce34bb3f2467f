"""What somebody wants to buy, as far as rules may speak of it, and what it costs elsewhere."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """``amount`` is without tax. ``vendor`` and ``ship_to`` are None, and ``categories`` empty,
    where a question leaves them open. Of an order, `""` is the category of a line that has none,
    and an empty object the address of one without.
    """

    project: uuid.UUID
    currency: str
    amount: Decimal
    categories: frozenset[str] = frozenset()
    vendor: uuid.UUID | None = None
    ship_to: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Conversion:
    """An amount in another currency, in its minor units, by the rate of a day; by 1 and of no day
    where it is the same currency.
    """

    amount: Decimal
    rate: Decimal = Decimal(1)
    on: date | None = None


# By currency; one is missing where no rate leads to it.
Amounts = Mapping[str, Conversion]
