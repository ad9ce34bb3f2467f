"""Folders only their owner can open, the lock of a run, and names short enough for a socket."""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config.launch.errors import LaunchError
from config.launch.owner import Owner

SOCKET_PATH_BYTES = 107
PLAIN = re.compile(r"[\w./+-]+", re.ASCII)


def make_private(folder: Path, owner: Owner) -> None:
    """Makes `folder` (mode 0700) if need be and hands it to PostgreSQL's owner."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if owner.switches:
        os.chown(folder, owner.uid, owner.gid)


def make_data_dir(folder: Path) -> None:
    """Others may pass through (PostgreSQL's user must) but not look around."""
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise LaunchError(f"DATA_DIR={folder} cannot be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK):
        raise LaunchError(f"DATA_DIR={folder} cannot be written.")


def fits_a_socket(folder: Path, name: str) -> bool:
    """Kernels end a socket's path at 107 bytes; PostgreSQL also parses it as a list."""
    path = os.fspath(folder / name)
    return len(os.fsencode(path)) <= SOCKET_PATH_BYTES and PLAIN.fullmatch(path) is not None


@contextlib.contextmanager
def socket_folder(wanted: Path, name: str, owner: Owner) -> Iterator[Path]:
    """`wanted` itself, or a private folder with a short name for as long as it is needed."""
    if fits_a_socket(wanted, name):
        yield wanted
        return
    parents = (tempfile.gettempdir(), "/tmp")  # noqa: S108 -- mkdtemp makes the folder private
    parent = next((one for one in parents if fits_a_socket(Path(one, "cs-12345678"), name)), None)
    if parent is None:
        raise LaunchError(f"No folder for a socket: {wanted} and {parents[0]} are too long.")
    folder = Path(tempfile.mkdtemp(prefix="cs-", dir=parent))
    try:
        make_private(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def run_lock(data_dir: Path) -> Iterator[None]:
    """One run at a time in one DATA_DIR; the kernel drops the lock with the process."""
    with (data_dir / "run.lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            who = file.read().strip() or "unknown"
            raise LaunchError(
                f"Another run (process {who}) already uses DATA_DIR={data_dir}; "
                "stop it first or give another DATA_DIR."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
