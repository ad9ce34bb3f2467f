"""Whether lines of a document name lines of its order (used by what is shipped and received)."""

from collections.abc import Collection, Iterable, Iterator

from apps.core.errors import FieldError


def numbering_faults(numbers: Iterable[int], known: Collection[int]) -> Iterator[FieldError]:
    """Each line of the order at most once, and no other."""
    seen: set[int] = set()
    for place, number in enumerate(numbers):
        pointer = f"/lines/{place}/line_no"
        if number not in known:
            yield FieldError(pointer, "not-found", "The order has no line with this number.")
        elif number in seen:
            yield FieldError(pointer, "duplicate", "The line is named twice.")
        seen.add(number)
