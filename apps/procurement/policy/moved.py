"""What was accepted and invoiced of a line already, which no change may undercut (2d no. 3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.core.errors import FieldError
from apps.procurement.policy.change_checks import refuse
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.totals import line_net


@dataclass(frozen=True)
class Moved:
    """What of a line came, was kept, and was invoiced already."""

    received: Decimal
    accepted: Decimal
    invoiced: Decimal
    amount: Decimal

    @property
    def quantity(self) -> Decimal:
        """What was turned away went back: it binds nobody to order it."""
        return max(self.accepted, self.invoiced)

    @property
    def anything(self) -> bool:
        """Also what was turned away: its receipt may be reversed, so its line stays."""
        return bool(self.received or self.quantity or self.amount)


def check_moved(before: OrderDraft, after: OrderDraft, moved: Mapping[int, Moved]) -> None:
    """No line may fall below what was accepted or invoiced of it. What lies below already, by a
    tolerance, may stay as it is. Raises ValidationFailedError.
    """
    refuse([*_moved_faults(before, after, moved)])


def _moved_faults(
    before: OrderDraft, after: OrderDraft, moved: Mapping[int, Moved]
) -> Iterator[FieldError]:
    lines = {line.line_no: line for line in after.lines}
    for old in before.lines:
        happened, new = moved[old.line_no], lines.get(old.line_no)
        if not happened.anything or new == old:
            continue
        if new is None:
            detail = f"Line {old.line_no} was delivered or invoiced in part, so it stays."
            yield FieldError("/lines", "already-moved", detail)
            continue
        if new.quantity < min(old.quantity, happened.quantity):
            detail = f"Of line {old.line_no}, more was accepted or invoiced already."
            yield FieldError("/lines", "already-moved", detail)
        net, was = line_net(new, after.currency), line_net(old, before.currency)
        if net < min(was, happened.amount):
            detail = f"Of line {old.line_no}, more was invoiced already."
            yield FieldError("/lines", "already-moved", detail)
