"""What only the buyer may propose: what to buy, under which contract, and where to send it."""

from collections.abc import Iterator

from apps.core.errors import FieldError
from apps.procurement.policy.change_checks import refuse
from apps.procurement.policy.changes import BUYERS_ONLY, ChangeDraft


def check_vendors_change(change: ChangeDraft) -> None:
    """What only the buyer says is left to it. Raises ValidationFailedError."""
    refuse([*_buyers_faults(change)])


def _buyers_faults(change: ChangeDraft) -> Iterator[FieldError]:
    detail = "Only the buyer may propose this."
    if change.new_lines:
        yield FieldError("/new_lines", "buyer-only", detail)
    for name in BUYERS_ONLY:
        if name in change.fields:
            yield FieldError(f"/{name}", "buyer-only", detail)
    for place, line in enumerate(change.lines):
        if line.remove:
            yield FieldError(f"/lines/{place}/remove", "buyer-only", detail)
