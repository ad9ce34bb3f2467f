"""A private PostgreSQL on a unix socket, in a folder that nobody else can open."""

import contextlib
import os
import shutil
import signal
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.launch.errors import LaunchError
from config.launch.find import Binaries
from config.launch.folders import make_private, socket_folder
from config.launch.leftovers import clear_leftovers
from config.launch.owner import Owner, check_reach, choose_owner, command, run_as
from config.launch.program import Program

NAME = "countersign"
SOCKET = ".s.PGSQL.5432"
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "HOME")
BUILTIN_LOCALE_SINCE = 17
PROTOCOL = 3 << 16
AUTHENTICATED = b"R"
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Lost races show as ERROR with their statement by design; Django reports what matters.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}
THROWN_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    binaries: Binaries
    owner: Owner
    data: Path
    sockets: Path
    durable: bool

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}@{quote(os.fspath(self.sockets), safe='')}/{NAME}"

    def program(self) -> Program:
        settings = SETTINGS | ({} if self.durable else THROWN_AWAY)
        settings["unix_socket_directories"] = os.fspath(self.sockets)
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Program(
            name="postgres",
            command=command(self.owner, self.binaries.program, "-D", self.data, *flags),
            environ=server_environment(),
            folder=Path("/"),
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast" shutdown
            orphan_signal=signal.SIGINT,
            patience=30.0,
            owner=self.owner,
            shown=self.durable,  # In the tests only the last lines of a server that died matter.
        )

    def is_ready(self) -> bool:
        """First what `pg_ctl` looks at, then a session: the file may be a killed server's."""
        if not self._says_ready():
            return False
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(os.fspath(self.sockets / SOCKET))
            asked = f"user\0{NAME}\0database\0{NAME}\0\0".encode()
            connection.sendall(struct.pack("!ii", 8 + len(asked), PROTOCOL) + asked)
            if connection.recv(1) == AUTHENTICATED:
                connection.sendall(b"X\0\0\0\4")
                return True
        return False

    def _says_ready(self) -> bool:
        file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            return file.read_text(encoding="utf-8").rstrip().endswith("\nready")
        return False


def server_environment() -> dict[str, str]:
    """Neither the product's secrets nor PG* variables, which would override what is asked."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {"LC_ALL": "C"}


@contextlib.contextmanager
def private_postgres(binaries: Binaries, data: Path, *, durable: bool) -> Iterator[Postgres]:
    """Makes the cluster if need be; the caller runs `program()`. Raises LaunchError."""
    owner = choose_owner(data)
    if data.exists():
        _check_major(binaries, data)
        clear_leftovers(data)
        check_reach(owner, data, binaries.program)
    else:
        _make_cluster(binaries, data, owner, durable=durable)
    with socket_folder(data, SOCKET, owner) as sockets:
        yield Postgres(binaries, owner, data, sockets, durable)


def _check_major(binaries: Binaries, data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if made_by != str(binaries.major):
        raise LaunchError(
            f"{data} was made by PostgreSQL {made_by}, but the one found is {binaries.version} "
            f"({binaries.program}): name the older one's folder in PG_BINDIR, or dump and restore."
        )


def _make_cluster(binaries: Binaries, data: Path, owner: Owner, *, durable: bool) -> None:
    """Builds it beside its place and renames it there, so that half of one is never used."""
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    make_private(draft, owner)
    check_reach(owner, draft, binaries.program)
    initdb = binaries.program.with_name("initdb")
    flags: list[str | Path] = [
        "-D",
        draft,
        "-U",
        NAME,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-instructions",
    ]
    flags += [] if durable else ["--no-sync"]
    _must(owner, [initdb, *flags, *_locale(binaries)])
    _must(
        owner, [binaries.program, "--single", "-D", draft, "postgres"], f"CREATE DATABASE {NAME}\n"
    )
    draft.rename(data)


def _locale(binaries: Binaries) -> list[str]:
    """Code point order on every machine; from 17 on with Unicode's upper and lower case."""
    if binaries.major >= BUILTIN_LOCALE_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C"]


def _must(owner: Owner, parts: list[str | Path], given: str = "") -> None:
    done = run_as(owner, parts, environ=server_environment(), given=given)
    if done.returncode != 0:
        raise LaunchError(f"{parts[0]} failed ({owner.said}): {done.stderr.strip()}")
