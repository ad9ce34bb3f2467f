"""Which paragraph a test proves, and docs/compliance.md, which is written from that alone.

`conforms` stands on a test anywhere under tests/; `python -m tests.conformance.compliance` reads
the files without running them and prints the page.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ParamSpec, TypeVar

from tests.conformance.specifications import KEYS, SPECIFICATIONS, Specification

P, T = ParamSpec("P"), TypeVar("T")

TESTS = Path(__file__).resolve().parent.parent


class Level(StrEnum):
    """RFC 2119, and for what is no rule of a specification: measured defects, our own bar."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


@dataclass(frozen=True)
class Claim:
    """One line of the page: this test proves this paragraph."""

    specification: str
    paragraph: str
    requirement: str
    level: str
    file: str
    test: str


def conforms(
    specification: str, paragraph: str, requirement: str, *, level: str = Level.MUST
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a test as the proof of a paragraph. Raises ValueError on a name nobody listed."""
    if specification not in KEYS or level not in set(Level):
        raise ValueError(f"{specification} or {level} is not known here.")
    if not paragraph or not requirement.endswith("."):
        raise ValueError("A claim has a paragraph and one whole sentence.")

    def unchanged(test: Callable[P, T]) -> Callable[P, T]:
        return test

    return unchanged


def claims() -> list[Claim]:
    """Every claim under tests/, by file and line."""
    files = sorted(TESTS.rglob("test_*.py"))
    return [claim for file in files for claim in _claims_of(file)]


def _claims_of(file: Path) -> Iterator[Claim]:
    name = file.relative_to(TESTS.parent).as_posix()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for mark in node.decorator_list:
            if not isinstance(mark, ast.Call) or ast.unparse(mark.func) != "conforms":
                continue
            specification, paragraph, requirement = map(ast.literal_eval, mark.args)
            given = {word.arg: ast.literal_eval(word.value) for word in mark.keywords}
            level = given.get("level", Level.MUST.value)
            yield Claim(specification, paragraph, requirement, level, name, node.name)


def _in_order(paragraph: str) -> list[tuple[int, str]]:
    """5.10 after 5.9."""
    parts = re.findall(r"\d+|[^\d.\s]+", paragraph)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _section(specification: Specification, found: list[Claim]) -> list[str]:
    lines = [
        "",
        f"## {specification.key}",
        "",
        f"{specification.title}.",
        "",
        "| paragraph | requirement | level | test |",
        "|---|---|---|---|",
    ]
    ordered = sorted(found, key=lambda one: (_in_order(one.paragraph), one.requirement, one.test))
    return lines + [
        f"| {one.paragraph} | {one.requirement} | {one.level} | [`{one.test}`](../{one.file}) |"
        for one in ordered
    ]


NOTE = (
    "Generated from the tests by `make docs`: a line stands here because a test that proves it "
    "runs in `make test`. What has no line is not claimed."
)


def render() -> str:
    """The page docs/compliance.md."""
    found = claims()
    counts = Counter((one.specification, one.level) for one in found)
    lines = ["# Compliance", "", NOTE, "", "| specification | MUST | SHOULD | MAY |"]
    lines.append("|---|---|---|---|")
    sections: list[str] = []
    for one in SPECIFICATIONS:
        its = [claim for claim in found if claim.specification == one.key]
        if its:
            numbers = " | ".join(str(counts[one.key, level]) for level in Level)
            lines.append(f"| {one.key}: {one.title} | {numbers} |")
            sections += _section(one, its)
    return "\n".join(lines + sections) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(render())
