"""Which processes stand in a folder or were given it, so that none is forgotten."""

import time
from collections.abc import Callable
from pathlib import Path


def processes_of(folder: Path) -> list[int]:
    """Living processes that stand in `folder` or name it in their command or environment."""
    return [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdecimal() and str(folder).encode() in _told(process)
    ]


def _told(process: Path) -> bytes:
    try:
        where = str((process / "cwd").readlink()).encode()
        return where + (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:
        return b""


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
