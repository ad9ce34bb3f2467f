"""How much processor time a web server has used, which other work on the machine moves less than
it moves rates. Linux alone tells; elsewhere the answer is None.
"""

import os
from collections.abc import Iterator
from pathlib import Path

PROCESSES = Path("/proc")
# Of /proc/PID/stat, counted from after the program's name.
SESSION, USER, SYSTEM = 3, 11, 12


def used_seconds(port: int) -> float | None:
    """Of the server that was started with this port and all its workers, which share a session."""
    found = next((pid for pid in _pids() if f"--port\0{port}\0" in _read(pid, "cmdline")), None)
    if found is None:
        return None
    stats = [_read(pid, "stat").rpartition(")")[2].split() for pid in _pids()]
    mine = [stat for stat in stats if stat and stat[SESSION] == str(os.getsid(int(found)))]
    return sum(int(stat[USER]) + int(stat[SYSTEM]) for stat in mine) / os.sysconf("SC_CLK_TCK")


def _pids() -> Iterator[str]:
    return (folder.name for folder in PROCESSES.glob("[0-9]*"))


def _read(pid: str, name: str) -> str:
    try:
        return (PROCESSES / pid / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # It has ended meanwhile.
