"""The table, and the page benchmarks/results.md."""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.load import CONNECTIONS, generator
from benchmarks.plan import Plan, Result

PAGE = Path(__file__).with_name("results.md")
PACKAGES = (
    "django", "djangorestframework", "django-oauth-toolkit", "oauthlib", "psycopg", "granian",
)  # fmt: skip
COLUMNS = (
    "measure", "unit", "ours", "stock", "stock, kept", "ours : stock", "ours : kept",
    "must reach", "aim", "reached", "web CPU ms per answer", "more of ours",
)  # fmt: skip
WORDS = """
- **stock**: Django, django-oauth-toolkit and DRF as their tutorials say, but with prefetched lines
  and one transaction per create. Django's default opens a database connection per request;
  **kept** is the same with connections that stay open, as ours do.
- Every site is granian with 2 workers of 4 blocking threads; PostgreSQL is durable as it comes.
  Valkey runs too. No worker process runs, so the trail is written, and not yet sealed.
- A value is the median of the rounds, with the least and the most. Candidates take turns. A
  ratio says how many times better ours is. *reached* compares with stock. Load generator,
  servers and database share the cores, so ratios say more than rates; other work ran on the
  machine at the same time. *web CPU* is what one answer cost the web server alone, in its
  cheapest round: other work moves it less.
- Of a long list, one caller asks for the first page and the last in turn. A sync is one caller
  that reads `sort=updated_at` by its cursors, and at the end asks again with a minute's overlap.
- The purge is timed without Python's and Django's start. Rows by the thousand are written at
  once; everything else was made by the services and the API.
"""


def figure(value: float) -> str:
    """Three digits that count, or all before the point."""
    if value >= 100:  # noqa: PLR2004 -- three digits
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004 -- three digits


def spread(result: Result, name: str) -> str:
    values, median = result.values.get(name), result.median(name)
    if not values or median is None:
        return ""
    return f"{figure(median)} ({figure(min(values))}-{figure(max(values))})"


def times(ratio: float | None) -> str:
    return "" if ratio is None else f"{figure(ratio)} x"


def table(results: Sequence[Result]) -> str:
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(row(result) for result in results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def row(result: Result) -> tuple[str, ...]:
    return (
        result.title,
        result.unit,
        *(spread(result, name) for name in ("ours", "stock", "kept")),
        times(result.ratio("stock")),
        times(result.ratio("kept")),
        result.goal.must,
        result.goal.aim,
        {True: "yes", False: "NO", None: ""}[result.reached()],
        costs(result),
        result.note,
    )


def costs(result: Result) -> str:
    """The cheapest round of each, for what disturbs a round makes it dearer."""
    return ", ".join(
        f"{name} {figure(min(values))}" for name, values in result.cpu_ms.items() if values
    )


def circumstances(servers: str, plan: Plan, load_before: float) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}"
    lines = [
        f"date: {datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC",
        f"command: `{' '.join(['python -m benchmarks', *sys.argv[1:]])}`",
        f"machine: {machine}; load average before the run {load_before:.1f}",
        f"versions: Python {platform.python_version()}, {packages}, {servers}",
        f"load: {generator()}, {CONNECTIONS} connections",
        f"rounds: up to {plan.rounds} of {plan.seconds} s",
    ]
    return "\n".join(f"- {line}" for line in lines)


def write_page(results: Sequence[Result], facts: str) -> None:
    parts = ["# Results", "What `make bench` measured last.", facts, table(results), WORDS.strip()]
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
