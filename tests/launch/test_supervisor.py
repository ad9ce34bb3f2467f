"""`make run` from its start to its end, with the real product in between."""

import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.launch.valkey import free_port
from tests.launch.processes import processes_of, wait_for

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
# What the suite set for itself is not what a person at a terminal has.
NOT_PASSED_ON = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PUBLIC_URL"}
SUPERVISOR = [sys.executable, "-m", "config.launch.supervisor"]
START_SECONDS = 120


def environment(data_dir: Path, port: int) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in NOT_PASSED_ON}
    return kept | {"DATA_DIR": str(data_dir), "PORT": str(port), "WEB_WORKERS": "1"}


@contextmanager
def running(data_dir: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A run that has said it runs; its output lies in a file, which never fills up."""
    said = data_dir.with_suffix(".out")
    with (
        said.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            SUPERVISOR,
            cwd=ROOT,
            env=environment(data_dir, port),
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        ) as supervisor,
    ):
        try:
            assert wait_for(
                lambda: "is running" in said.read_text("utf-8") or supervisor.poll() is not None,
                START_SECONDS,
            )
            assert supervisor.poll() is None, said.read_text("utf-8")
            yield supervisor
        finally:
            supervisor.kill()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "var"


def status_of(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        return int(response.status)


def test_run_serves_refuses_a_second_and_stops_leaving_nothing(data_dir: Path) -> None:
    port = free_port()
    with running(data_dir, port) as supervisor:
        assert status_of(port, "/health/live") == 200
        note = data_dir / "run.json"
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert set(json.loads(note.read_text("utf-8"))) == {
            "public_url",
            "database_url",
            "redis_url",
        }

        second = subprocess.run(
            SUPERVISOR,
            cwd=ROOT,
            env=environment(data_dir, free_port()),
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert f"Another run (process {supervisor.pid}) already uses" in second.stderr

        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(60) == 0

    assert processes_of(data_dir) == []
    assert not note.exists()


def test_killed_run_takes_everything_with_it(data_dir: Path) -> None:
    with running(data_dir, free_port()) as supervisor:
        assert len(processes_of(data_dir)) > 5
        supervisor.kill()

    # The web server lets go of its workers after five seconds at the latest.
    assert wait_for(lambda: processes_of(data_dir) == [], 30)
