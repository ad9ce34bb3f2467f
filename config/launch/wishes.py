"""Turns Ctrl-C and its kin into a wish that the single thread of a run looks at."""

import signal
import socket
import time
from types import FrameType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ONE_WISH_SECONDS = 1.0


class StopWishes:
    """While entered, signals are only noted; `fileno` becomes readable when one came."""

    def __init__(self) -> None:
        self._first: float | None = None
        self.impatient = False
        self._wake, self._woken = socket.socketpair()
        self._before: dict[signal.Signals, Any] = {}
        self._fd_before = -1

    def __enter__(self) -> Self:
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._fd_before = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._fd_before)
        self._wake.close()
        self._woken.close()

    @property
    def made(self) -> bool:
        return self._first is not None

    def fileno(self) -> int:
        return self._woken.fileno()

    def drain(self) -> None:
        self._woken.recv(4096)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        # One `kill` of the whole group reaches us directly and through make: that is one wish.
        now = time.monotonic()
        if self._first is None:
            self._first = now
        elif now - self._first > ONE_WISH_SECONDS:
            self.impatient = True
