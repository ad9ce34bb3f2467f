"""The programs of one run: their output, their end and ours, on a single thread."""

import selectors
import time
from collections.abc import Callable
from typing import Self

from config.launch.errors import LaunchError, StopRequested
from config.launch.program import Child, Program, start
from config.launch.terminal import say
from config.launch.wishes import StopWishes

TICK = 0.05
HURRY_SECONDS = 2.0


class Crew:
    """Starts programs, and as a context manager stops them in the opposite order."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._wishes = StopWishes()
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        self._wishes.__enter__()
        self._selector.register(self._wishes, selectors.EVENT_READ)
        return self

    def __exit__(self, *_: object) -> None:
        while self._children:
            self._stop(self._children.pop())
        self._selector.close()
        self._wishes.__exit__()

    def start(self, program: Program) -> None:
        """Starts what must run until the end; `check` tells when it does not."""
        self._children.append(self._begin(program))

    def _begin(self, program: Program) -> Child:
        child = start(program)
        self._selector.register(child.output, selectors.EVENT_READ, child)
        return child

    def run_to_end(self, program: Program) -> None:
        """A step of the start. Raises LaunchError unless it ends with exit code 0."""
        child = self._begin(program)
        try:
            while not child.has_ended():
                self.check()
                self.pump(TICK)
        finally:
            self._stop(child)
        if child.process.returncode != 0:
            raise LaunchError(_obituary(child))

    def wait_until(self, ready: Callable[[], bool], seconds: float, otherwise: str) -> None:
        """Raises LaunchError(otherwise) when it takes longer, or what `check` raises."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise LaunchError(otherwise)
            self._pump_for(TICK)

    def check(self) -> None:
        """Raises StopRequested, or LaunchError with the last lines of a program that ended."""
        if self._wishes.made:
            raise StopRequested
        for child in self._children:
            if child.has_ended():
                self._relay(child)
                raise LaunchError(_obituary(child))

    def pump(self, seconds: float) -> None:
        """Waits at most so long for output or a signal, and relays what came."""
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._wishes.drain()
            else:
                self._relay(key.data)

    def _pump_for(self, seconds: float) -> None:
        """Pumps so long even when much is written, so that nothing is asked too often."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.pump(left)

    def _relay(self, child: Child) -> None:
        if child.silent:
            return
        for line in child.read_lines():
            if child.program.shown:
                say(_labelled(child, line))
        if child.silent:
            self._selector.unregister(child.output)

    def _stop(self, child: Child) -> None:
        child.ask_to_stop()
        asked = time.monotonic()
        while not child.has_ended():
            patience = min(child.program.patience, HURRY_SECONDS if self._wishes.impatient else 999)
            if time.monotonic() - asked > patience:
                say(f"{child.name} did not stop within {patience:g} s and is killed.")
                child.kill()
                child.process.wait()
            self.pump(TICK)
        self._relay(child)
        if not child.silent:
            self._selector.unregister(child.output)
        child.close()


def _labelled(child: Child, line: str) -> str:
    return f"{child.name:<8} | {line}"


def _obituary(child: Child) -> str:
    code = child.process.returncode
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    last = "\n".join(_labelled(child, line) for line in child.tail)
    return f"{child.name} {how}, so the run ends. Its last lines:\n{last}"
