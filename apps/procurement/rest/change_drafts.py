"""The change that a posted proposal stands for."""

from collections.abc import Iterable
from typing import Any

from apps.procurement.policy.changes import OF_ORDER, ChangeDraft, LineChange
from apps.procurement.rest.orders import line_draft_of

OF_LINE = ("quantity", "unit_price", "need_by")


def change_draft_of(said: dict[str, Any]) -> ChangeDraft:
    """The change that a validated body stands for."""
    return ChangeDraft(
        lines=tuple(
            LineChange(
                line_no=line["line_no"],
                fields=_named(line, OF_LINE),
                remove=line.get("remove", False),
            )
            for line in said.get("lines", ())
        ),
        new_lines=tuple(line_draft_of(line) for line in said.get("new_lines", ())),
        fields=_named(said, OF_ORDER),
        note=said.get("note", ""),
    )


def _named(said: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}
