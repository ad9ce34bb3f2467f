"""Another instance of the product beside the one under test: its own process, port and database."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60


@dataclass(frozen=True)
class Instance:
    """Where it answers, and its shell."""

    url: str
    environ: dict[str, str]

    def manage(self, *arguments: str, said: str = "") -> dict[str, Any]:
        """A command of ours, and the JSON it answers with."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments, "--json"],
            cwd=ROOT,
            env=self.environ,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))


@contextmanager
def _database() -> Iterator[str]:
    """The address of a database of its own on the same server."""
    given = os.environ["DATABASE_URL"]
    name = f"second_{secrets.token_hex(4)}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            parts = urlsplit(given)
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def second_instance() -> Iterator[Instance]:
    """Migrated, empty, and answering."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with _database() as database:
        environ = {**os.environ, "DATABASE_URL": database, "PUBLIC_URL": url}
        instance = Instance(url, environ)
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environ, check=True)
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                _wait_for(url)
                yield instance
            finally:
                process.kill()


def _wait_for(url: str) -> None:
    """Raises TimeoutError."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            requests.get(f"{url}/oauth/jwks", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(url)
