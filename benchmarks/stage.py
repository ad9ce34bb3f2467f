"""The servers and web processes of one run, all on this machine and gone afterwards."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from benchmarks.errors import BenchmarkError
from benchmarks.shots import answers
from config.launch.crew import Crew
from config.launch.errors import LaunchError
from config.launch.folders import make_data_dir
from config.launch.options import child_environment, read_options
from config.launch.postgres import server_environment
from config.launch.program import Program, tethered
from config.launch.servers import Servers, start_servers
from config.launch.services import ROOT, services
from config.launch.terminal import say
from config.launch.valkey import free_port

READY_SECONDS = 60.0
TICK = 0.02
# A shell sends the output to a file: relaying every request's line would cost time here.
INTO_FILE = ("/bin/sh", "-c", 'exec "$@" >>"$0" 2>&1')


@dataclass(frozen=True)
class Site:
    """One candidate: its web server, what its programs see, and the module that makes its data."""

    name: str
    port: int
    environ: dict[str, str]
    application: str
    data: str


@dataclass(frozen=True)
class Stage:
    """Three sites on one PostgreSQL. ``kept`` is ``stock`` with connections that stay open."""

    crew: Crew
    folder: Path
    said: str
    ours: Site
    stock: Site
    kept: Site

    @property
    def sites(self) -> tuple[Site, Site, Site]:
        return self.ours, self.stock, self.kept

    @property
    def rows(self) -> Site:
        """Ours, with the module that makes orders by the hundred thousand."""
        return replace(self.ours, data="benchmarks.rows")

    def call(self, site: Site, function: str, *arguments: str | int) -> Any:  # noqa: ANN401 -- JSON
        """What ``function`` of the site's data module returns."""
        given = [str(argument) for argument in arguments]
        module = [sys.executable, "-m", "benchmarks.child", site.data, function, *given]
        return json.loads(self.output_of(module, site.environ))

    def output_of(self, command: list[str], environ: dict[str, str], given: str = "") -> str:
        """Runs it to its end while the servers are looked after. Raises BenchmarkError."""
        with (self.folder / "commands.log").open("ab") as log:
            process = subprocess.Popen(
                tethered(command, signal.SIGKILL),
                cwd=ROOT,
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        try:
            self._feed(process, given)
            while process.poll() is None:
                self.pause(TICK)
            output, _ = process.communicate()
        finally:
            process.kill()
        if process.returncode != 0:
            raise BenchmarkError(f"{command[:5]} ended with exit code {process.returncode}.")
        return output

    @staticmethod
    def _feed(process: subprocess.Popen[str], given: str) -> None:
        if process.stdin is not None:
            process.stdin.write(given)
            process.stdin.close()
            process.stdin = None  # Nothing is left for communicate() to flush.

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.crew.pump(left)
            self.crew.check()


@contextmanager
def set_up() -> Iterator[Stage]:
    """Servers, two migrated databases and three web servers of the same kind and size."""
    make_data_dir(ROOT / "var")  # A real disk more likely than the folder for temporary files.
    with (
        TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as name,
        ExitStack() as stack,
        Crew() as crew,
    ):
        folder = Path(name)
        try:
            servers = start_servers(
                crew, stack, folder, database_url="", redis_url="", durable=True
            )
            stage = _stage(crew, folder, servers)
            _migrate(stage)
            for site in stage.sites:
                _serve(stage, site)
            yield stage
        except (LaunchError, BenchmarkError):
            _tell_logs(folder)
            raise


def _stage(crew: Crew, folder: Path, servers: Servers) -> Stage:
    options = read_options({"PORT": str(free_port()), "DATA_DIR": str(folder / "ours")})
    plain = server_environment()
    environ = child_environment(plain, options, servers.database_url, servers.redis_url)
    ours = Site("ours", options.port, environ, "config.wsgi:application", "benchmarks.ours")
    stock = Site(
        "stock",
        free_port(),
        {
            **plain,
            "DJANGO_SETTINGS_MODULE": "benchmarks.stock.settings",
            "DATABASE_URL": _other_database(servers.database_url, "stock"),
        },
        "benchmarks.stock.wsgi:application",
        "benchmarks.stock.data",
    )
    kept = replace(
        stock, name="kept", port=free_port(), environ={**stock.environ, "STOCK_CONN_MAX_AGE": "600"}
    )
    return Stage(crew, folder, servers.said, ours, stock, kept)


def _other_database(url: str, name: str) -> str:
    """Makes a database beside the product's on the same server."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


def _migrate(stage: Stage) -> None:
    for site in (stage.ours, stage.stock):
        django = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"]
        stage.output_of(django, site.environ)


def _serve(stage: Stage, site: Site) -> None:
    stage.crew.start(_web(stage.folder, site))
    stage.crew.wait_until(
        lambda: answers(site.port), READY_SECONDS, f"The web server of {site.name} is silent."
    )


def _web(folder: Path, site: Site) -> Program:
    """What `make run` starts as its web server, for any application."""
    options = read_options({"PORT": str(site.port)})
    web = next(one for one in services(options, site.environ) if one.name == "web")
    granian = [*web.command[:-1], site.application]
    return replace(
        web, name=site.name, command=[*INTO_FILE, str(folder / f"{site.name}.log"), *granian]
    )


def _tell_logs(folder: Path) -> None:
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        say("\n".join([f"--- {log.name}", *lines[-15:]]))
