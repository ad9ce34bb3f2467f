"""Starts the embedded servers that no URL was given for, and says which they are."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from config.launch.crew import Crew
from config.launch.find import find_postgres, find_valkey
from config.launch.postgres import private_postgres
from config.launch.valkey import private_valkey

READY_SECONDS = 60.0


@dataclass(frozen=True)
class Servers:
    """Both URLs; `embedded` holds those of the servers started here, `said` is for people."""

    database_url: str
    redis_url: str
    embedded: dict[str, str]
    said: str


def start_servers(
    crew: Crew, stack: ExitStack, folder: Path, *, database_url: str, redis_url: str, durable: bool
) -> Servers:
    """PostgreSQL first, since it stops last. Raises LaunchError."""
    embedded: dict[str, str] = {}
    said: list[str] = []
    # Both are looked for before either starts: a missing one is told at once.
    postgres_binaries = None if database_url else find_postgres(os.environ)
    valkey_binaries = None if redis_url else find_valkey(os.environ)
    if postgres_binaries:
        postgres = stack.enter_context(
            private_postgres(postgres_binaries, folder / "postgres", durable=durable)
        )
        crew.start(postgres.program())
        crew.wait_until(postgres.is_ready, READY_SECONDS, "PostgreSQL did not become ready.")
        embedded["database_url"] = postgres.url
        said.append(f"PostgreSQL {postgres_binaries.version} {postgres.owner.said}")
    if valkey_binaries:
        valkey = private_valkey(valkey_binaries, folder / "valkey", durable=durable)
        crew.start(valkey.program())
        crew.wait_until(valkey.is_ready, READY_SECONDS, "Valkey did not become ready.")
        embedded["redis_url"] = valkey.url
        said.append(f"Valkey {valkey_binaries.version}")
    return Servers(
        database_url=embedded.get("database_url", database_url),
        redis_url=embedded.get("redis_url", redis_url),
        embedded=embedded,
        said=" and ".join(said),
    )
