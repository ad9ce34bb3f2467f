"""What a proposal of change says, and the order that it would make."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from apps.procurement.policy.drafts import LineDraft, OrderDraft

# What of the order as a whole a proposal may change, and of that what only the buyer may.
OF_ORDER = ("requested_delivery", "ship_to", "contract_ref")
BUYERS_ONLY = ("ship_to", "contract_ref")


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """``fields`` are those of quantity, unit_price and need_by that would change, by name."""

    line_no: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    remove: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeDraft:
    """``fields`` are those of OF_ORDER that would change, by name."""

    lines: tuple[LineChange, ...] = ()
    new_lines: tuple[LineDraft, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def apply_change(draft: OrderDraft, change: ChangeDraft) -> OrderDraft:
    """The order as the change would have it; lines stay in the order of their numbers."""
    by_number = {line.line_no: line for line in change.lines}
    kept = [
        replace(line, **by_number[line.line_no].fields) if line.line_no in by_number else line
        for line in draft.lines
        if not (line.line_no in by_number and by_number[line.line_no].remove)
    ]
    lines = sorted([*kept, *change.new_lines], key=lambda line: line.line_no)
    return replace(draft, lines=tuple(lines), **change.fields)
