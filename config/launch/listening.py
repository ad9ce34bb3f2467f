"""The web server's address: free before the start, answering after it."""

import errno
import http.client
import socket
import time
from urllib.parse import urlsplit

from config.launch.errors import LaunchError
from config.launch.options import Options

PAUSE_SECONDS = 0.1
EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- looked up, not bound


def check_port(host: str, port: int, *, patience: float = 0.0) -> None:
    """Raises LaunchError when the web server could not listen there, if need be later."""
    deadline = time.monotonic() + patience
    while (problem := _problem(host, port)) is not None:
        if problem.errno != errno.EADDRINUSE:
            raise LaunchError(f"HOST={host} PORT={port} cannot be used: {problem.strerror}.")
        if time.monotonic() >= deadline:
            raise LaunchError(
                f"Port {port} on {host} is already in use; stop what uses it or give another PORT."
            )
        time.sleep(PAUSE_SECONDS)


def _problem(host: str, port: int) -> OSError | None:
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, number) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def is_live(options: Options) -> bool:
    """Asks as a browser would, with the public name, but never through a proxy."""
    address = EVERY_ADDRESS.get(options.host, options.host)
    public_name = {"Host": urlsplit(options.public_url).netloc}
    connection = http.client.HTTPConnection(address, options.port, timeout=2)
    try:
        connection.request("GET", "/health/live", headers=public_name)
        return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
