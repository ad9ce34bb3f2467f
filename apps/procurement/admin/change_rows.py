"""A proposal of change as a table: what the order said, and what it would say."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.identity.admin.cells import EMPTY
from apps.identity.admin.records import Table
from apps.procurement.models import OrderChange, OrderRevision
from apps.procurement.money import plain

HEAD = ("Line", "What", "Now", "Proposed")
Row = tuple[object, str, str, str]


def change_table(change: OrderChange) -> Table:
    """Beside what the order said when it was proposed, which is what was looked at."""
    content = base_content(change)
    rows: Sequence[Row] = [*_lines(change.diff, content), *_whole(change.diff, content)]
    return Table("What was proposed", HEAD, rows, "Nothing would change.")


def base_content(change: OrderChange) -> dict[str, Any]:
    """What the order said in the revision that the proposal was made against."""
    base = OrderRevision.objects.filter(order=change.order_id, revision=change.base_revision)
    return base.values_list("content", flat=True).first() or {}


def _lines(diff: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Row]:
    before = {line["line_no"]: line for line in content.get("lines", ())}
    for line in diff.get("lines", ()):
        number = line["line_no"]
        known = before.get(number, {})
        if line.get("remove"):
            yield number, "the line", _described(known), "removed"
            continue
        for name, value in line.items():
            if name != "line_no":
                write = _price if name == "unit_price" else _said
                yield number, _named(name), write(known.get(name)), write(value)
    for line in diff.get("new_lines", ()):
        yield line["line_no"], "a new line", EMPTY, _described(line)


def _whole(diff: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Row]:
    if "requested_delivery" in diff:
        before, after = content.get("requested_delivery"), diff["requested_delivery"]
        yield "Order", "delivery asked for", _said(before), _said(after)
    if "contract_ref" in diff:
        before, after = content.get("contract_ref"), diff["contract_ref"]
        yield "Order", "contract", before or EMPTY, after or EMPTY
    if "ship_to" in diff:
        yield "Order", "ship to", _place(content.get("ship_to")), _place(diff["ship_to"])


def _named(name: str) -> str:
    return name.replace("_", " ")


def _said(value: object) -> str:
    return EMPTY if value is None else str(value)


def _price(value: str | None) -> str:
    return EMPTY if value is None else plain(Decimal(value), places=2)


def _described(line: Mapping[str, Any]) -> str:
    if not line:
        return EMPTY
    return (
        f"{line['quantity']} {line['uom']} {line['description']}, at {_price(line['unit_price'])}"
    )


def _place(place: Mapping[str, Any] | None) -> str:
    if not place:
        return EMPTY
    return ", ".join([place["name"], *place["lines"], place["city"], place["country"]])
