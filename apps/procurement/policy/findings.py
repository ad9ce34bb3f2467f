"""Findings beside the exceptions that were kept of them, and what has still to be decided."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.core.errors import InvalidTransitionError
from apps.procurement.models import MatchException
from apps.procurement.policy.matching import Finding
from apps.procurement.states import InvoiceStatus, Resolution

# What somebody said; it is theirs, and nothing rewrites it.
DECIDED = frozenset({Resolution.ACCEPTED, Resolution.REJECTED})
Difference = tuple[int | None, str, str, str]


def difference_of(one: Finding | MatchException) -> Difference:
    """What a decision is about: it holds as long as both numbers stay."""
    return (one.line_id, str(one.kind), one.expected, one.actual)


def require_settled(
    status: str,
    exceptions: Iterable[MatchException],
    found: Sequence[Finding],
    numbers: Mapping[int, int],
) -> None:
    """An invoice is approved once all that is found in it now was accepted, and nothing is open.
    ``numbers`` are the order's lines by the invoice's. Raises InvalidTransitionError.
    """
    rows = list(exceptions)
    accepted = {difference_of(row) for row in rows if row.resolution == Resolution.ACCEPTED}
    left = [one for one in found if difference_of(one) not in accepted]
    differences = {difference_of(one) for one in left}
    unsettled = [row for row in rows if not row.resolution or difference_of(row) in differences]
    if left or unsettled:
        raise InvalidTransitionError(
            "Some of what does not match is open, not accepted, or new since it was matched.",
            extra={
                "from": status,
                "to": InvoiceStatus.APPROVED.value,
                "allowed": [InvoiceStatus.REJECTED.value, InvoiceStatus.VOID.value],
                "exceptions": [row.public_id for row in unsettled],
                "found": [written(one, numbers) for one in left],
            },
        )


def written(finding: Finding, numbers: Mapping[int, int]) -> dict[str, Any]:
    """As either side may read it."""
    return {
        "kind": str(finding.kind),
        "line_no": None if finding.line_id is None else numbers[finding.line_id],
        "expected": finding.expected,
        "actual": finding.actual,
    }
