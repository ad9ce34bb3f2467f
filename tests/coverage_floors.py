"""The coverage that every app must keep (spec 2): run by `make cover` after the suite.

Lines and branches together, as coverage counts them with `branch = true`.
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PER_APP = 90.0
WHOLE = ("apps/oauth/policy/", "apps/procurement/states.py", "apps/audit/")

Counts = tuple[int, int]


def measured() -> dict[str, Counts]:
    """By file: how many lines and branches there are, and how many ran."""
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"]
    report = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return {
        name: (
            file["summary"]["num_statements"] + file["summary"]["num_branches"],
            file["summary"]["covered_lines"] + file["summary"]["covered_branches"],
        )
        for name, file in report["files"].items()
    }


def groups(files: dict[str, Counts]) -> dict[tuple[str, float], list[Counts]]:
    found: dict[tuple[str, float], list[Counts]] = defaultdict(list)
    for name, counts in files.items():
        parts = name.split("/")
        if parts[0] == "apps" and len(parts) > 2:
            found[f"apps/{parts[1]}", PER_APP].append(counts)
        for start in WHOLE:
            if name.startswith(start):
                found[start, 100.0].append(counts)
    return found


def main() -> int:
    below = 0
    for (name, floor), counts in sorted(groups(measured()).items()):
        there, ran = (sum(column) for column in zip(*counts, strict=True))
        percent = 100.0 * ran / there if there else 100.0
        below += percent < floor
        mark = "below" if percent < floor else "ok"
        sys.stdout.write(f"{name:32} {percent:6.2f} % of {floor:.0f} % {mark}\n")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
