"""One program of a run: started so that it ends with us, its output relayed line by line."""

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from config.launch.owner import Owner

TETHER = Path(__file__).with_name("tether.py")
TAIL_LINES = 30
CHUNK = 65536


@dataclass(frozen=True)
class Program:
    """What to run and how it ends: `patience` is the seconds it may take to do so."""

    name: str
    command: list[str]
    environ: dict[str, str]
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    owner: Owner | None = None
    given: str = ""
    shown: bool = True


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    partial: bytes = b""
    silent: bool = False

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def output(self) -> int:
        assert self.process.stdout is not None  # noqa: S101 -- start() always opens the pipe
        return self.process.stdout.fileno()

    def read_lines(self) -> list[str]:
        """What it has written since; an unfinished last line waits for its rest."""
        *lines, self.partial = (self.partial + self._read()).split(b"\n")
        if self.silent and self.partial:
            lines, self.partial = [*lines, self.partial], b""
        texts = [line.decode(errors="replace").rstrip() for line in lines]
        self.tail.extend(texts)
        return texts

    def _read(self) -> bytes:
        read = b""
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.output, CHUNK):
                read += part
            self.silent = True  # The end of the pipe: nobody can write to it any more.
        return read

    def has_ended(self) -> bool:
        """Looks before it reaps: until then the group is surely ours, and what is left goes."""
        if self.process.returncode is None:
            if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return False
            self.kill()
            self.process.wait()
        return True

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def ask_to_stop(self) -> None:
        if not self.has_ended():
            self.process.send_signal(self.program.stop_signal)

    def close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


def tethered(command: list[str], orphan_signal: int, owner: Owner | None = None) -> list[str]:
    """The same command, which the kernel ends with `orphan_signal` when this process is gone."""
    switch = f"{owner.uid}:{owner.gid}" if owner is not None and owner.switches else "-"
    tether = [sys.executable, "-I", "-S", os.fspath(TETHER), str(os.getpid())]
    return [*tether, str(int(orphan_signal)), switch, *command]


def start(program: Program) -> Child:
    """Starts it in a session of its own, so that Ctrl-C reaches us alone and we keep the order."""
    process = subprocess.Popen(
        tethered(program.command, program.orphan_signal, program.owner),
        env=program.environ,
        cwd=program.folder,
        stdin=subprocess.PIPE if program.given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    child = Child(program, process)
    os.set_blocking(child.output, False)
    if process.stdin is not None:
        process.stdin.write(program.given.encode())
        process.stdin.close()
    return child
