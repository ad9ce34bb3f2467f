"""Changes as JSON: what is kept of a proposal, and shown to the other side."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from apps.procurement.money import plain
from apps.procurement.policy.changes import OF_ORDER, ChangeDraft, LineChange
from apps.procurement.policy.contents import day_of, line_of
from apps.procurement.policy.line_documents import line_document


def diff_document(change: ChangeDraft) -> dict[str, Any]:
    """The change as JSON: what is kept, and shown to the other side."""
    said: dict[str, Any] = {name: _plainly(value) for name, value in change.fields.items()}
    if lines := [_line_document(line) for line in change.lines if line.remove or line.fields]:
        said["lines"] = lines
    if change.new_lines:
        said["new_lines"] = [line_document(line) for line in change.new_lines]
    return said


def change_of(diff: Mapping[str, Any]) -> ChangeDraft:
    """What diff_document wrote."""
    fields = {name: diff[name] for name in OF_ORDER if name in diff}
    if "requested_delivery" in fields:
        fields["requested_delivery"] = day_of(fields["requested_delivery"])
    return ChangeDraft(
        lines=tuple(_line_change(line) for line in diff.get("lines", ())),
        new_lines=tuple(line_of(line) for line in diff.get("new_lines", ())),
        fields=fields,
    )


def _line_document(line: LineChange) -> dict[str, Any]:
    if line.remove:
        return {"line_no": line.line_no, "remove": True}
    return {
        "line_no": line.line_no,
        **{name: _plainly(value) for name, value in line.fields.items()},
    }


def _line_change(said: Mapping[str, Any]) -> LineChange:
    fields: dict[str, Any] = {
        name: Decimal(said[name]) for name in ("quantity", "unit_price") if name in said
    }
    if "need_by" in said:
        fields["need_by"] = day_of(said["need_by"])
    return LineChange(line_no=said["line_no"], fields=fields, remove=said.get("remove", False))


def _plainly(value: Any) -> Any:  # noqa: ANN401 -- a decimal, a day, an address or nothing
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value
