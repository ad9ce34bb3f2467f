"""What a killed PostgreSQL leaves behind: its lock files, and for a moment itself."""

import time
from pathlib import Path

from config.launch.errors import LaunchError

PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.05
PROCESSES = Path("/proc")
LOCK_FILES = ("postmaster.pid", ".s.PGSQL.5432.lock")


def clear_leftovers(data: Path) -> None:
    """Waits for what is still going down in `data`. Raises LaunchError when it stays.

    PostgreSQL trusts the process number in its lock files, which may be a process nobody reaped
    or, after a container's restart, any other program's. We look at what really runs there.
    Without /proc its own look at the number has to do.
    """
    if not (PROCESSES / "self" / "exe").exists():
        return
    deadline = time.monotonic() + PATIENCE_SECONDS
    while alive := _servers_in(data):
        if time.monotonic() > deadline:
            numbers = ", ".join(alive)
            raise LaunchError(f"Another PostgreSQL still serves {data} (processes {numbers}).")
        time.sleep(PAUSE_SECONDS)
    for name in LOCK_FILES:
        (data / name).unlink(missing_ok=True)


def _servers_in(data: Path) -> list[str]:
    """PostgreSQL stands in its data folder; sessions may outlive a killed server for a while."""
    return [
        process.name
        for process in PROCESSES.iterdir()
        if process.name.isdecimal() and _serves(process, data)
    ]


def _serves(process: Path, data: Path) -> bool:
    try:
        name = (process / "exe").readlink().name.removesuffix(" (deleted)")
        return name == "postgres" and (process / "cwd").readlink() == data
    except OSError:
        return False
