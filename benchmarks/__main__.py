"""`make bench`: measures the product beside its baselines and prints how they compare."""

import argparse
import os
import sys

from benchmarks.acts import measure_closing, measure_ending, measure_purge
from benchmarks.errors import BenchmarkError
from benchmarks.paging import measure_paging
from benchmarks.plan import NAMES, Plan, Result, quick, whole
from benchmarks.report import PAGE, circumstances, table, write_page
from benchmarks.requests import Known, measure
from benchmarks.stage import Stage, set_up
from benchmarks.sync import measure_sync
from config.launch.errors import LaunchError, StopRequested
from config.launch.terminal import say

ACTS = {"purge": measure_purge, "ending": measure_ending, "closing": measure_closing}
LISTS = {"paging": measure_paging, "sync": measure_sync}
INTERRUPTED = 130


def run(stage: Stage, plan: Plan) -> list[Result]:
    known = Known.prepare(stage, plan.orders)
    results = []
    for name in NAMES:
        if name not in plan.only:
            continue
        say(f"{name} (after {plan.elapsed:.0f} s)")
        if name in ACTS:
            results.append(ACTS[name](stage, plan))
        elif name in LISTS:
            results.append(LISTS[name](stage, known, plan))
        else:
            results.append(measure(stage, known, name, plan))
    return results


def read_plan() -> Plan:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer, shorter rounds, fewer rows")
    parser.add_argument(
        "--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}"
    )
    given = parser.parse_args()
    return (quick if given.quick else whole)(given.only or NAMES)


def main() -> int:
    plan = read_plan()
    load_before = os.getloadavg()[0]
    try:
        with set_up() as stage:
            results = run(stage, plan)
    except StopRequested:
        return INTERRUPTED
    except (LaunchError, BenchmarkError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    facts = circumstances(stage.said, plan, load_before)
    say(f"\n{facts}\n\n{table(results)}")
    if plan.only == NAMES:
        write_page(results, facts)
        say(f"\nWritten to {PAGE.parent.name}/{PAGE.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
