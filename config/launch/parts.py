"""What some tests need beyond the requirements: a browser, Node and the sample data."""

import os
import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Part:
    """`variable` tells the tests where it is; `provided_by` is the one command that brings it."""

    variable: str
    what: str
    tests: str
    provided_by: str
    found: str
    may_be_missing: bool = False

    @property
    def notice(self) -> str:
        return f"Not found: {self.what}, for {self.tests}. Provided by: {self.provided_by}"


def _program(environ: Mapping[str, str], variable: str, *names: str) -> str:
    path = environ.get("PATH", os.defpath)
    named = environ.get(variable, "").strip()
    candidates = (shutil.which(name, path=path) for name in ((named,) if named else names))
    return next((found for found in candidates if found), "")


def look_for_parts(environ: Mapping[str, str]) -> list[Part]:
    data = environ.get("SAMPLE_DATA", "").strip()
    return [
        Part(
            variable="CHROMIUM",
            what="Chromium or Chrome",
            tests="the tests in a browser",
            provided_by="make test-deps",
            found=_program(environ, "CHROMIUM", *BROWSERS),
        ),
        Part(
            variable="NODE",
            what="Node",
            tests="the tests of JavaScript",
            provided_by="make test-deps",
            found=_program(environ, "NODE", "node", "nodejs"),
        ),
        Part(
            variable="SAMPLE_DATA",
            what="the sample data",
            tests="the tests on real contracts",
            provided_by="make test SAMPLE_DATA=/the/folder",
            found=str(Path(data).resolve()) if data and Path(data).is_dir() else "",
            may_be_missing=True,
        ),
    ]


def with_parts(environ: Mapping[str, str], parts: list[Part]) -> dict[str, str]:
    """The environment of the tests: a part's variable is there exactly when the part is."""
    names = {part.variable for part in parts}
    others = {key: value for key, value in environ.items() if key not in names}
    return others | {part.variable: part.found for part in parts if part.found}


def skips(report: Path) -> Counter[str]:
    """How many tests were skipped for which reason, from pytest's JUnit report."""
    if not report.exists():
        return Counter()
    skipped = ET.parse(report).iter("skipped")  # noqa: S314 -- pytest has just written it
    return Counter(one.get("message", "") for one in skipped if one.get("type") != "pytest.xfail")


def shortfalls(parts: list[Part], skipped: Counter[str]) -> list[str]:
    """What REQUIRE_ALL=1 does not put up with."""
    allowed = [part.variable for part in parts if part.may_be_missing and not part.found]
    missing = [part.what for part in parts if not part.found and not part.may_be_missing]
    return missing + [
        f"skipped: {reason}"
        for reason in skipped
        if not any(variable in reason for variable in allowed)
    ]
