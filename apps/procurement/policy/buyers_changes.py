"""What only the buyer may propose: what to buy, and where to send it."""

from collections.abc import Iterator

from apps.core.errors import FieldError
from apps.procurement.policy.change_checks import refuse
from apps.procurement.policy.changes import ChangeDraft


def check_vendors_change(change: ChangeDraft) -> None:
    """What to buy and where to send it is for the buyer to say. Raises ValidationFailedError."""
    refuse([*_buyers_faults(change)])


def _buyers_faults(change: ChangeDraft) -> Iterator[FieldError]:
    detail = "Only the buyer may propose this."
    if change.new_lines:
        yield FieldError("/new_lines", "buyer-only", detail)
    if "ship_to" in change.fields:
        yield FieldError("/ship_to", "buyer-only", detail)
    for place, line in enumerate(change.lines):
        if line.remove:
            yield FieldError(f"/lines/{place}/remove", "buyer-only", detail)
