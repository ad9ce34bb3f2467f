"""What people read on the console."""

from typing import Any

import pytest
import structlog

from config.logs import COLUMNS

USUAL = {"timestamp": "2026-01-01T00:00:00Z", "level": "info", "logger": "countersign.request"}


@pytest.mark.parametrize(
    "event",
    (
        {"event": "request", "ms": 1.5, "ip": None, "status": 200, "route": "/oauth/token"},
        {"event": "an event with a name of more than thirty characters"},
        {"event": "forged", "actor": "x\nlevel=error", "name": "a=b", "title": 'it\'s "so"'},
        {"event": "gone", "exception": "Traceback\nZeroDivisionError: å", "stack": "Stack\nhere"},
    ),
)
def test_line_is_the_one_the_library_writes_without_colours(event: dict[str, Any]) -> None:
    ours = structlog.dev.ConsoleRenderer(columns=COLUMNS)
    library = structlog.dev.ConsoleRenderer(colors=False)

    lines = [render(None, "info", {**USUAL, **event}) for render in (ours, library)]

    assert lines[0] == lines[1]


def test_level_is_padded_as_the_library_does() -> None:
    ours = structlog.dev.ConsoleRenderer(columns=COLUMNS)
    library = structlog.dev.ConsoleRenderer(colors=False)
    levels = ("debug", "info", "warning", "error", "critical")

    lines = [
        [render(None, level, {**USUAL, "level": level, "event": "x"}) for level in levels]
        for render in (ours, library)
    ]

    assert lines[0] == lines[1]
