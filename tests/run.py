"""Runs the suite on servers of its own, thrown away afterwards, and says what could not run.

`tests/run.py [arguments for pytest]`; TEST_DATABASE_URL and TEST_REDIS_URL name other servers,
COVERAGE=1 measures, REQUIRE_ALL=1 makes a test that could not run a failure.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # Started by file: the project is what can be imported, not this folder.

from config.launch.crew import Crew  # noqa: E402 -- after the line above
from config.launch.errors import LaunchError, StopRequested  # noqa: E402 -- after the line above
from config.launch.parts import (  # noqa: E402 -- after the line above
    Part,
    look_for_parts,
    shortfalls,
    skips,
    with_parts,
)
from config.launch.servers import Servers, start_servers  # noqa: E402 -- after the line above

PARALLEL: tuple[str, ...] = ()  # For example ("-n", "2", "--dist", "loadscope").
COVERAGE = ("--cov", "--cov-report=term-missing:skip-covered")


def run_tests(arguments: list[str], report: Path, environ: dict[str, str], crew: Crew) -> int:
    """pytest's exit code. Raises LaunchError when a server ended under it."""
    measured = COVERAGE if environ.get("COVERAGE") == "1" else ()
    command = [sys.executable, "-m", "pytest", *PARALLEL, *measured, f"--junitxml={report}"]
    with subprocess.Popen([*command, *arguments], cwd=ROOT, env=environ) as pytest:
        try:
            while pytest.poll() is None:
                crew.pump(0.1)
                crew.check()
        except (StopRequested, LaunchError):
            pytest.terminate()
            raise
    return pytest.returncode


def environment(servers: Servers, parts: list[Part], folder: Path) -> dict[str, str]:
    given = {key: value for key, value in os.environ.items() if key not in {"ENVIRONMENT", "PORT"}}
    return with_parts(given, parts) | {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "DATA_DIR": str(folder / "var"),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }


def run_suite(arguments: list[str], parts: list[Part]) -> tuple[int, Counter[str]]:
    with (
        tempfile.TemporaryDirectory(prefix="cs-") as name,
        ExitStack() as stack,
        Crew() as crew,
    ):
        folder = Path(name).resolve()
        servers = start_servers(
            crew,
            stack,
            folder,
            database_url=os.environ.get("TEST_DATABASE_URL", "").strip(),
            redis_url=os.environ.get("TEST_REDIS_URL", "").strip(),
            durable=False,
        )
        print(f"Tests run on {servers.said or 'the servers given'}.", flush=True)
        report = folder / "report.xml"
        code = run_tests(arguments, report, environment(servers, parts, folder), crew)
        return code, skips(report)


def conclude(code: int, parts: list[Part], skipped: Counter[str]) -> int:
    """Says what is missing, one line each, and what that means for the exit code."""
    for reason, count in skipped.items():
        print(f"Skipped: {count} test{'s' if count > 1 else ''}: {reason}")
    for part in parts:
        if not part.found:
            print(part.notice)
    if os.environ.get("REQUIRE_ALL") != "1":
        return code
    short = shortfalls(parts, skipped)
    if short:
        print(f"REQUIRE_ALL=1 makes this a failure: {'; '.join(short)}")
    return code or int(bool(short))


def main() -> int:
    parts = look_for_parts(os.environ)
    try:
        code, skipped = run_suite(sys.argv[1:], parts)
    except StopRequested:
        return 130
    except LaunchError as error:
        print(error, file=sys.stderr)
        return 1
    return conclude(code, parts, skipped)


if __name__ == "__main__":
    sys.exit(main())
