"""A private Valkey or Redis on a loopback port, behind a password made for this run."""

import contextlib
import random
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

from config.launch.errors import LaunchError
from config.launch.find import Binaries
from config.launch.postgres import server_environment
from config.launch.program import Program

LOOPBACK = "127.0.0.1"
# Below the range from which kernels take the ports of outgoing connections.
PORTS = range(20000, 32000)
ATTEMPTS = 50


@dataclass(frozen=True)
class Valkey:
    binaries: Binaries
    folder: Path
    durable: bool
    port: int
    password: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def program(self) -> Program:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": self.password,
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "daemonize": "no",
            "loglevel": "warning",
        }
        return Program(
            name="valkey",
            command=[str(self.binaries.program), "-"],
            environ=server_environment(),
            folder=self.folder,
            # By standard input, since a command line can be read by everybody on the machine.
            given="".join(f"{key} {value}\n" for key, value in settings.items()),
            shown=False,
        )

    def is_ready(self) -> bool:
        """Says who it is and knocks; a server that still loads its data answers with an error."""
        asked = f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode()
        answer = b""
        with contextlib.suppress(OSError), socket.socket() as connection:
            connection.settimeout(1)
            connection.connect((LOOPBACK, self.port))
            connection.sendall(asked)
            while part := connection.recv(512):
                answer += part
        return b"+PONG\r\n" in answer


def private_valkey(binaries: Binaries, folder: Path, *, durable: bool) -> Valkey:
    """Raises LaunchError when no port is free."""
    return Valkey(binaries, folder, durable, free_port())


def free_port() -> int:
    for port in random.sample(PORTS, ATTEMPTS):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    raise LaunchError("No free port was found for Valkey; give REDIS_URL for a server you have.")
