"""Scripts for Node that tests talk to in lines of JSON; without Node they are skipped."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent


def _without(reason: str) -> None:
    """A machine without Node skips, unless everything is required of it."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def prepared(name: str) -> Path:
    """The folder with the scripts of tests/flows/``name`` and what they need of npm."""
    folder, source = ROOT / "var" / name, HERE / name
    if not _node() or not shutil.which("npm"):
        _without("needs NODE and npm: make test-deps installs them")
    folder.mkdir(parents=True, exist_ok=True)
    installed = folder / "node_modules" / ".package-lock.json"
    kept = folder / "package-lock.json"
    lock = (source / "package-lock.json").read_bytes()
    up_to_date = installed.exists() and kept.exists() and kept.read_bytes() == lock
    for file in source.iterdir():
        shutil.copy(file, folder)
    if not up_to_date and not _installed(folder):
        _without(f"needs what NODE's {name} is made of, which npm could not fetch: make test-deps")
    return folder


def _node() -> str:
    return os.environ.get("NODE", "") or shutil.which("node") or shutil.which("nodejs") or ""


def _installed(folder: Path) -> bool:
    command = ["npm", "ci", "--fetch-retries=0"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@contextmanager
def script(folder: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [_node(), name], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def exchange(process: subprocess.Popen[str], said: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(json.dumps(said) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return dict(json.loads(line))
