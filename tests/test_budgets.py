"""The house's budgets: how long files and functions may be (docs/architecture.md, spec 2)."""

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    path
    for folder in ("apps", "config")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
]


def p90(values: list[int]) -> float:
    return statistics.quantiles(values, n=10)[8]


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    filled = [length for length in lengths.values() if length]

    assert [str(path) for path, length in lengths.items() if length > 400] == []
    assert statistics.median(filled) <= 60
    assert p90(filled) <= 200


def test_functions_are_short() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]

    assert p90(lengths) <= 25
