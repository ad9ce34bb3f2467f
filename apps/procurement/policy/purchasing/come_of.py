"""What an amount was before it was converted, for whoever is told of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal

from apps.core.money import written

_SHOWN = Context(prec=8)  # Of a rate that was reckoned from two, in sentences.


@dataclass(frozen=True, kw_only=True)
class ComeOf:
    """What an amount was converted from, by the rate of a day."""

    amount: Decimal
    currency: str
    rate: Decimal
    on: date

    def __str__(self) -> str:
        rate = f"{_SHOWN.plus(self.rate).normalize():f}"
        return f"{written(self.amount, self.currency)} at the rate {rate} of {self.on:%-d %b %Y}"
