"""The programs of a run: their lines, their end, and the order in which we end them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.launch.crew import Crew
from config.launch.errors import LaunchError, StopRequested
from config.launch.program import Program
from tests.launch.processes import processes_of, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
ORPHANS = """
import sys
from pathlib import Path
from config.launch.crew import Crew
from config.launch.program import Program
with Crew() as crew:
    crew.start(Program("sleeper", ["sleep", "600"], {"MARK": sys.argv[1]}, Path("/")))
    print("started", flush=True)
    while True:
        crew.pump(1)
"""


def shell(name: str, script: str, *, patience: float = 10.0) -> Program:
    return Program(name, ["/bin/sh", "-c", script], dict(os.environ), Path("/"), patience=patience)


def test_lines_are_shown_under_the_programs_name(capsys: pytest.CaptureFixture[str]) -> None:
    with Crew() as crew:
        crew.run_to_end(shell("step", "echo one; echo two >&2; printf three"))

    assert capsys.readouterr().out == "step     | one\nstep     | two\nstep     | three\n"


def test_step_that_fails_ends_the_start_with_its_last_lines() -> None:
    with Crew() as crew, pytest.raises(LaunchError) as caught:
        crew.run_to_end(shell("step", "seq 100; exit 3"))

    first, *last = str(caught.value).splitlines()
    assert first == "step ended with exit code 3, so the run ends. Its last lines:"
    assert last == [f"step     | {number}" for number in range(71, 101)]


def test_program_that_dies_ends_the_run() -> None:
    with Crew() as crew:
        crew.start(shell("stays", "sleep 600"))
        crew.start(shell("dies", "echo why; kill -9 $$"))
        with pytest.raises(LaunchError) as caught:
            crew.wait_until(lambda: False, 10, "It did not die.")

    expected = "dies was killed by signal 9, so the run ends. Its last lines:\ndies     | why"
    assert str(caught.value) == expected


def test_programs_stop_in_the_opposite_order_of_their_start(tmp_path: Path) -> None:
    script = "trap 'echo {0} >> {1}; exit 0' TERM; touch {2}; while :; do sleep 0.05; done"
    with Crew() as crew:
        for name in ("first", "second", "third"):
            up = tmp_path / name
            crew.start(shell(name, script.format(name, tmp_path / "order", up)))
            crew.wait_until(up.exists, 10, "It did not start.")

    order = (tmp_path / "order").read_text(encoding="utf-8")
    assert order == "third\nsecond\nfirst\n"


def test_program_that_will_not_stop_is_killed_with_its_children(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    up = tmp_path / "up"
    with Crew() as crew:
        script = f"trap '' TERM; (sleep 601 & sleep 602) & touch {up}; while :; do sleep 1; done"
        crew.start(shell("deaf", f"MARK={tmp_path}; export MARK; {script}", patience=0.2))
        crew.wait_until(up.exists, 10, "It did not start.")

    assert capsys.readouterr().out == "deaf did not stop within 0.2 s and is killed.\n"
    assert wait_for(lambda: processes_of(tmp_path) == [], 5)


def test_second_wish_to_stop_shortens_the_patience(tmp_path: Path) -> None:
    up = tmp_path / "up"
    with Crew() as crew:
        script = f"trap '' TERM; touch {up}; while :; do sleep 0.1; done"
        crew.start(shell("deaf", script, patience=600))
        crew.wait_until(up.exists, 10, "It did not start.")
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1.2)
        os.kill(os.getpid(), signal.SIGINT)
        begun = time.monotonic()

    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("number", (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
def test_signal_is_a_wish_that_is_looked_at(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with Crew() as crew:
        crew.check()
        os.kill(os.getpid(), number)
        with pytest.raises(StopRequested):
            crew.check()

    assert signal.getsignal(number) == before


def test_what_is_awaited_for_too_long_is_said() -> None:
    with Crew() as crew, pytest.raises(LaunchError, match=r"It is late\."):
        crew.wait_until(lambda: False, 0.1, "It is late.")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of the killed")
def test_programs_end_with_a_supervisor_that_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as supervisor:
        try:
            assert supervisor.stdout is not None
            assert supervisor.stdout.readline() == "started\n"
            assert wait_for(lambda: len(processes_of(tmp_path)) == 2, 10)
        finally:
            supervisor.kill()

    assert wait_for(lambda: processes_of(tmp_path) == [], 5)
