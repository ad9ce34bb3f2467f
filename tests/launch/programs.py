"""Small programs that stand in for what a machine may or may not have."""

from pathlib import Path


def write_program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def write_postgres(folder: Path, version: str) -> Path:
    write_program(folder / "initdb", "exit 0")
    return write_program(folder / "postgres", f'echo "postgres (PostgreSQL) {version}"')


def write_valkey(path: Path, version: str) -> Path:
    return write_program(path, f'echo "Valkey server v={version} sha=0 malloc=libc"')


def write_wheel(site: Path, package: str) -> Path:
    """A package that must never be executed, only located."""
    folder = site / package
    folder.mkdir(parents=True)
    folder.joinpath("__init__.py").write_text("raise SystemExit('executed')\n", encoding="utf-8")
    return folder
