"""From faults of an order that would be to the proposal that would make it."""

from collections.abc import Iterable

from apps.core.errors import FieldError
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.policy.drafts import OrderDraft


def in_proposal(
    faults: Iterable[FieldError], change: ChangeDraft, after: OrderDraft
) -> list[FieldError]:
    """Faults of the order that would be, pointing into the proposal that would make it."""
    places = {line.line_no: f"/lines/{place}" for place, line in enumerate(change.lines)}
    places |= {line.line_no: f"/new_lines/{place}" for place, line in enumerate(change.new_lines)}
    found = []
    for fault in faults:
        _, where, place, *inner = [*fault.pointer.split("/"), "", ""]
        if where == "lines" and place.isdigit():
            here = places.get(after.lines[int(place)].line_no, "/lines")
            pointer = "/".join([here, *filter(None, inner)])
            found.append(FieldError(pointer, fault.code, fault.detail))
        else:
            found.append(fault)
    return found
