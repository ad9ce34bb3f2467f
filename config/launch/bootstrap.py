"""Makes `.venv` and installs a hash-locked requirements file: `bootstrap.py [base|dev]`.

Any Python 3.8+ may start this file, also one too old to run the product: it looks for a newer one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("base", "dev")
PROBE = "import sys; print(int(sys.version_info >= (3, 11))); import ensurepip, venv"
USAGE = 2


class BootstrapError(Exception):
    """Nothing can be installed; the message is the sentence to show."""


def venv_python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def locked(root: Path, name: str) -> Path:
    return root / "requirements" / f"{name}.txt"


def stamp(root: Path, name: str) -> Path:
    return root / ".venv" / f".stamp-{name}"


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def is_current(root: Path, name: str) -> bool:
    mark = stamp(root, name)
    return mark.is_file() and mark.read_text(encoding="utf-8") == digest(locked(root, name))


def what_to_install(root: Path, name: str) -> str | None:
    """The lock to install, or None. Once `dev` was asked for it stays: it holds `base` too."""
    wanted = "dev" if stamp(root, "dev").is_file() else name
    return None if is_current(root, wanted) else wanted


def works(python: Path) -> bool:
    """Whether the virtual environment's Python still runs, has pip and is new enough."""
    if not python.exists():
        return False
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    tried = subprocess.run([str(python), "-c", check], capture_output=True, check=False)
    return tried.returncode == 0


def find_python(candidates: tuple[str, ...]) -> str:
    """The first candidate that is Python 3.11 or newer and can make a virtual environment."""
    without_venv = ""
    for candidate in candidates:
        program = shutil.which(candidate)
        if program is None:
            continue
        probe = subprocess.run([program, "-c", PROBE], capture_output=True, text=True, check=False)
        if probe.stdout.strip() != "1":
            continue
        if probe.returncode == 0:
            return program
        without_venv = without_venv or program
    if without_venv:
        raise BootstrapError(
            f"{without_venv} cannot make a virtual environment: install the package python3-venv "
            "(Debian and Ubuntu: apt-get install python3-venv) and run this again."
        )
    raise BootstrapError(
        "Python 3.11 or newer is needed and none was found on PATH; "
        "name one with make PYTHON=/path/to/python3."
    )


def run(*command: str | Path) -> bool:
    done = subprocess.run([str(part) for part in command], cwd=str(ROOT), check=False)
    return done.returncode == 0


def make_venv(root: Path) -> None:
    versions = ("python3.13", "python3.12", "python3.11", "python3")
    program = find_python((sys.executable, *versions))
    print(f"Making .venv with {program}", flush=True)
    if not run(program, "-m", "venv", "--clear", root / ".venv"):
        raise BootstrapError(f"{program} could not make {root / '.venv'}; its message is above.")


def install(root: Path, name: str) -> None:
    """By uv, which is several times as fast, or by pip where uv cannot be had."""
    python, uv = venv_python(root), root / ".venv" / "bin" / "uv"
    tool, lock = locked(root, "bootstrap"), locked(root, name)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet")
    print(f"Installing requirements/{lock.name}", flush=True)
    if run(*pip, "install", "--require-hashes", "-r", tool) and run(
        uv,
        "pip",
        "sync",
        "--quiet",
        "--compile-bytecode",
        "--python",
        python,
        "--require-hashes",
        tool,
        lock,
    ):
        return
    print("uv cannot be had or did not work here; pip does it, which takes longer.", flush=True)
    if not run(*pip, "install", "--require-hashes", "-r", lock):
        raise BootstrapError(f"requirements/{lock.name} could not be installed; see above.")


def ensure(root: Path, name: str) -> None:
    """Leaves all of `requirements/<name>.txt` in `.venv`, doing only what is due."""
    if not works(venv_python(root)):
        make_venv(root)
    due = what_to_install(root, name)
    if due is None:
        return
    stamp(root, due).write_text("", encoding="utf-8")  # Not current, yet known as what is wanted.
    install(root, due)
    stamp(root, due).write_text(digest(locked(root, due)), encoding="utf-8")


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Two terminals may start at once: the second waits for the first's installation."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "base"
    if name not in NAMES or len(arguments) > 1:
        print(f"usage: bootstrap.py [{'|'.join(NAMES)}]", file=sys.stderr)
        return USAGE
    try:
        with alone(ROOT):
            ensure(ROOT, name)
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
