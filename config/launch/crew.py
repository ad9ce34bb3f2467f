"""The programs of one run: their output, their end and ours, on a single thread."""

import contextlib
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

from config.launch.errors import LaunchError, StopRequested
from config.launch.program import Child, Program, start

TICK = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Crew:
    """Starts programs and stops them in the opposite order. Use it as a context manager."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.stop_wishes = 0
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()

    def __enter__(self) -> "Crew":
        for end in (self._wake, self._woken):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.set_wakeup_fd(-1)
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_wishes += 1

    def start(self, program: Program) -> Child:
        child = start(program)
        self.children.append(child)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        return child

    def pump(self, seconds: float) -> None:
        """Waits at most so long for output or a signal, and relays what came."""
        for key, _ in self._selector.select(seconds):
            child = key.data
            if child is None:
                self._woken.recv(4096)
            elif not self._relay(child) and child.has_ended():
                self._selector.unregister(child.output)

    def _relay(self, child: Child) -> bool:
        lines = child.read_lines()
        if child.program.shown:
            for line in lines:
                say(f"{child.name:<9}| {line}")
        return bool(lines)

    def check(self) -> None:
        """Raises StopRequested, or LaunchError with the tail of a program that has ended."""
        if self.stop_wishes:
            raise StopRequested
        for child in self.children:
            if child.has_ended():
                raise LaunchError(self.obituary(child))

    def obituary(self, child: Child) -> str:
        self._relay(child)
        code = child.process.returncode
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        tail = [] if child.program.shown else list(child.tail)
        last = "\n".join(f"{child.name:<9}| {line}" for line in tail)
        return f"{child.name} {how}; its last lines are {'below' if tail else 'above'}.\n{last}"

    def wait_until(self, ready: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Raises LaunchError(otherwise) when it takes longer, or what `check` raises."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise LaunchError(otherwise)
            self.pump(TICK / 4)

    def run_to_end(self, program: Program) -> None:
        """A step of the start. Raises LaunchError unless it ends with exit code 0."""
        child = self.start(program)
        others = [one for one in self.children if one is not child]
        self.children = others
        try:
            while not child.has_ended():
                self.check()
                self.pump(TICK / 4)
        finally:
            self._retire(child)
        if child.process.returncode != 0:
            raise LaunchError(self.obituary(child))
