"""Somebody else's web server on this machine, to fetch from."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Address = tuple[str, int]


@dataclass
class Site:
    """What the server answers now, and what it was asked."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    seconds_per_byte: float = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    posted: list[tuple[str, str]] = field(default_factory=list)
    address: Address = ("", 0)
    scheme: str = "http"

    def url(self, path: str = "/", host: str = "") -> str:
        return f"{self.scheme}://{host or self.address[0]}:{self.address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        self.site.asked.append((self.path, self.headers.get("Host", "")))
        self._answer()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.site.posted.append((self.headers.get("Content-Type", ""), body.decode()))
        self._answer()

    def _answer(self) -> None:
        site = self.site
        self.send_response(site.status)
        for name, value in {"Content-Length": str(len(site.body)), **site.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # The client may have had enough.
            self._write()

    def _write(self) -> None:
        if not self.site.seconds_per_byte:
            self.wfile.write(self.site.body)
            return
        for byte in self.site.body:
            self.wfile.write(bytes([byte]))
            time.sleep(self.site.seconds_per_byte)

    def log_message(self, *_: object) -> None:
        """Nothing: the test knows what it asks."""


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"site": site})


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A server on a free port of the loopback interface, with TLS if told how."""
    site = Site(scheme="https" if tls else "http")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # A refused handshake.
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    site.address = ("127.0.0.1", server.server_address[1])
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
