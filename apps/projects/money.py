"""What one currency is worth in another, by the newest rates that are known."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

DAYS = 40
PLACES = Decimal(1).scaleb(-10)
MOST = Decimal(10) ** 9
# Wide enough for two rates multiplied without loss.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


class Rate(NamedTuple):
    """What one unit is worth, to ten decimals; ``on`` is None where both are one currency."""

    rate: Decimal
    on: date | None


SAME = Rate(Decimal(1), None)


class KnownRate(NamedTuple):
    """One unit of ``currency`` was worth ``rate`` of ``target``."""

    currency: str
    target: str
    on: date
    rate: Decimal


class Rates:
    """The newest known rate of each pair."""

    def __init__(self, known: Iterable[KnownRate]) -> None:
        self._known = {(one.currency, one.target): one for one in known}

    def between(self, currency: str, target: str, *, via: str = "") -> Rate | None:
        """The pair's own rate, in either direction, the newer one; else across ``via``, on the
        older of both days. What is answered is to be kept and used as it is.
        """
        if currency == target:
            return SAME
        found = self._pair(currency, target) or self._across(currency, via, target)
        if found is None:
            return None
        rate = found.rate.quantize(PLACES, context=EXACT)
        # Worth less, or more, than can be written down.
        return Rate(rate, found.on) if 0 < rate < MOST else None

    def _pair(self, currency: str, target: str) -> KnownRate | None:
        there = self._known.get((currency, target))
        back = self._known.get((target, currency))
        if back is None or (there is not None and there.on >= back.on):
            return there
        return KnownRate(currency, target, back.on, EXACT.divide(Decimal(1), back.rate))

    def _across(self, currency: str, via: str, target: str) -> KnownRate | None:
        first, second = self._pair(currency, via), self._pair(via, target)
        if first is None or second is None:
            return None
        rate = EXACT.multiply(first.rate, second.rate)
        return KnownRate(currency, target, min(first.on, second.on), rate)
