"""A port that is taken is refused before anything starts."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from config.launch.errors import LaunchError
from config.launch.listening import check_port, is_live
from config.launch.options import read_options


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_busy_port_is_refused_by_number(taken: socket.socket) -> None:
    port = port_of(taken)

    with pytest.raises(LaunchError, match=f"Port {port} on 127.0.0.1 is already in use"):
        check_port("127.0.0.1", port)


def test_free_port_is_left_free(taken: socket.socket) -> None:
    port = port_of(taken)
    taken.close()

    check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_port_that_a_killed_run_still_holds_is_waited_for(taken: socket.socket) -> None:
    closing = threading.Timer(0.3, taken.close)
    closing.start()
    begun = time.monotonic()

    check_port("127.0.0.1", port_of(taken), patience=10)

    assert 0.2 < time.monotonic() - begun < 5
    closing.join()


def test_host_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(LaunchError, match=r"HOST=256\.256\.256\.256 PORT=8000 cannot be used"):
        check_port("256.256.256.256", 8000)


@pytest.mark.parametrize(("status", "live"), (("200 OK", True), ("400 Bad Request", False)))
def test_live_means_a_good_answer_to_the_public_name(
    taken: socket.socket, status: str, *, live: bool
) -> None:
    asked = []

    def answer() -> None:
        connection, _ = taken.accept()
        with connection:
            asked.append(connection.recv(4096).decode())
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    server = threading.Thread(target=answer)
    server.start()
    options = read_options(
        {"PORT": str(port_of(taken)), "PUBLIC_URL": "https://buyer.example", "DATA_DIR": "x"}
    )

    assert is_live(options) is live
    server.join()
    assert "Host: buyer.example\r\n" in asked[0]


def test_nobody_listening_is_not_live(taken: socket.socket) -> None:
    port = port_of(taken)
    taken.close()

    assert not is_live(read_options({"PORT": str(port)}))
