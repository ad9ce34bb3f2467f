"""Which tolerance counts for what is bought, and how much that lets pass."""

from collections.abc import Iterable
from decimal import Decimal

from apps.procurement.models import Tolerance
from apps.procurement.money import EXACT


def tolerance_for(category: str, known: Iterable[Tolerance]) -> Tolerance:
    """The one whose category is the longest beginning of the line's; where none is, one that lets
    nothing pass.
    """
    fitting = [tolerance for tolerance in known if category.startswith(tolerance.category)]
    return max(fitting, key=lambda tolerance: len(tolerance.category), default=Tolerance())


def with_tolerance(value: Decimal, percent: Decimal) -> Decimal:
    """A quantity or an amount and the percentage more that may pass, exactly (reference 2d)."""
    return EXACT.multiply(value, EXACT.add(Decimal(1), percent.scaleb(-2)))
