"""What a proposal of change may say. Each check yields the faults it finds, with pointers."""

from collections.abc import Iterable, Iterator

from apps.core.errors import FieldError, ValidationFailedError
from apps.procurement.policy.changes import ChangeDraft, LineChange
from apps.procurement.policy.drafts import OrderDraft


def check_change(change: ChangeDraft, draft: OrderDraft, *, taken: frozenset[int]) -> None:
    """``taken`` are the numbers of all lines the order ever had. Raises ValidationFailedError with
    every fault.
    """
    refuse([*_line_faults(change.lines, draft), *_new_line_faults(change, taken)])


def check_difference(before: OrderDraft, after: OrderDraft) -> None:
    """Raises ValidationFailedError when the change would change nothing."""
    if before == after:
        raise ValidationFailedError(
            "This would leave the order as it is.",
            errors=[FieldError("", "nothing-changed", "Propose something else than there is.")],
        )


def refuse(faults: list[FieldError]) -> None:
    if faults:
        raise ValidationFailedError("See errors for what to mend.", errors=faults)


def _line_faults(lines: Iterable[LineChange], draft: OrderDraft) -> Iterator[FieldError]:
    known, seen = {line.line_no for line in draft.lines}, set()
    for place, line in enumerate(lines):
        here = f"/lines/{place}"
        if line.line_no not in known:
            detail = "The order has no line with this number."
            yield FieldError(f"{here}/line_no", "not-found", detail)
        if line.line_no in seen:
            yield FieldError(f"{here}/line_no", "duplicate", "The line is named twice.")
        seen.add(line.line_no)
        if line.remove and line.fields:
            yield FieldError(here, "contradiction", "A line is changed or removed, not both.")


def _new_line_faults(change: ChangeDraft, taken: frozenset[int]) -> Iterator[FieldError]:
    for place, line in enumerate(change.new_lines):
        if line.line_no in taken:
            detail = "The order has, or had, a line with this number."
            yield FieldError(f"/new_lines/{place}/line_no", "duplicate", detail)
