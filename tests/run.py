"""Runs the suite on servers of its own, thrown away afterwards, and says what could not run.

`tests/run.py [arguments for pytest]`; TEST_DATABASE_URL and TEST_REDIS_URL name other servers,
COVERAGE=1 measures, REQUIRE_ALL=1 makes a test that could not run a failure.
"""

import contextlib
import os
import signal
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
from config.launch.program import tethered  # noqa: E402 -- after the line above
from config.launch.servers import Servers, start_servers  # noqa: E402 -- after the line above
from config.launch.terminal import say  # noqa: E402 -- after the line above

# Measured on two cores: two workers take two thirds of the time one takes.
# Files are taken in the order of tests/conftest.py.
PARALLEL = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
LAST_WORDS_SECONDS = 10.0
# What is set for a run on this machine says nothing about the tests.
PRODUCT_VARIABLES = {
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "ENVIRONMENT",
    "HOST",
    "LOG_FORMAT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PORT",
    "PUBLIC_URL",
    "SENTRY_DSN",
    "TRUSTED_PROXIES",
    "WEB_WORKERS",
}
COVERAGE = ("--cov", "--cov-report=term-missing:skip-covered")


def run_tests(arguments: list[str], report: Path, environ: dict[str, str], crew: Crew) -> int:
    """The exit code of pytest. Raises LaunchError when a server ended under it."""
    measured = COVERAGE if environ.get("COVERAGE") == "1" else ()
    # Of the wheels we want the programs alone, so their plugin for pytest stays out as well.
    pytest_itself = [sys.executable, "-m", "pytest", "-p", "no:valkey"]
    command = [*pytest_itself, *PARALLEL, *measured, f"--junitxml={report}"]
    pytest = subprocess.Popen(
        tethered([*command, *arguments], signal.SIGKILL),
        cwd=ROOT,
        env=environ,
        start_new_session=True,
    )
    try:
        while pytest.poll() is None:
            crew.pump(0.1)
            crew.check()
    except (StopRequested, LaunchError):
        pytest.send_signal(signal.SIGINT)  # It still says what it has found so far.
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.wait(LAST_WORDS_SECONDS)
        raise
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pytest.pid, signal.SIGKILL)
        pytest.wait()
    return pytest.returncode


def environment(servers: Servers, parts: list[Part], folder: Path) -> dict[str, str]:
    given = {key: value for key, value in os.environ.items() if key not in PRODUCT_VARIABLES}
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
        say(f"Tests run on {servers.said or 'the servers given'}.")
        report = folder / "report.xml"
        code = run_tests(arguments, report, environment(servers, parts, folder), crew)
        return code, skips(report)


def conclude(code: int, parts: list[Part], skipped: Counter[str]) -> int:
    """Says what is missing, one line each, and what that means for the exit code."""
    for reason, count in skipped.items():
        say(f"Skipped: {count} test{'s' if count > 1 else ''}: {reason}")
    for part in parts:
        if not part.found:
            say(part.notice)
    if os.environ.get("REQUIRE_ALL") != "1":
        return code
    short = shortfalls(parts, skipped)
    if short:
        say(f"REQUIRE_ALL=1 makes this a failure: {'; '.join(short)}")
    return code or int(bool(short))


def main() -> int:
    parts = look_for_parts(os.environ)
    try:
        code, skipped = run_suite(sys.argv[1:], parts)
    except StopRequested:
        return 130
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return conclude(code, parts, skipped)


if __name__ == "__main__":
    sys.exit(main())
