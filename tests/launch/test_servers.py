"""The embedded PostgreSQL and Valkey: private, durable, and refused in a sentence."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from config.launch.crew import Crew
from config.launch.errors import LaunchError
from config.launch.find import find_postgres
from config.launch.servers import Servers, start_servers
from tests.launch.processes import processes_of, wait_for
from tests.launch.programs import write_program

ELSEWHERE = {"database_url": "postgresql://db.example/x", "redis_url": "redis://cache.example"}


@contextmanager
def serving(
    folder: Path, *, database_url: str = "", redis_url: str = "", durable: bool = False
) -> Iterator[tuple[Crew, Servers]]:
    with ExitStack() as stack, Crew() as crew:
        yield (
            crew,
            start_servers(
                crew, stack, folder, database_url=database_url, redis_url=redis_url, durable=durable
            ),
        )


@contextmanager
def postgres(folder: Path, *, durable: bool = False) -> Iterator[tuple[Crew, str]]:
    with serving(folder, redis_url=ELSEWHERE["redis_url"], durable=durable) as (crew, servers):
        yield crew, servers.database_url


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    given = ELSEWHERE["database_url"]
    with serving(folder, database_url=given, durable=True) as (_, servers):
        yield servers.redis_url


def ask(url: str, query: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


def say(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split("\n")[0])


def test_both_servers_serve_and_leave_nothing_running(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, servers):
        assert ask(servers.database_url, "SELECT current_database()") == "countersign"
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.ping() is True
        assert servers.embedded == {
            "database_url": servers.database_url,
            "redis_url": servers.redis_url,
        }

    assert wait_for(lambda: processes_of(tmp_path) == [], 5)


def test_servers_that_were_given_are_not_started(tmp_path: Path) -> None:
    with serving(tmp_path, **ELSEWHERE) as (_, servers):
        assert servers == Servers(**ELSEWHERE, embedded={}, said="")

    assert list(tmp_path.iterdir()) == []


def test_postgresql_listens_on_no_network_and_its_folder_is_closed(tmp_path: Path) -> None:
    with postgres(tmp_path) as (_, url):
        assert ask(url, "SHOW listen_addresses") == ""
        assert (tmp_path / "postgres").stat().st_mode & 0o777 == 0o700


def test_postgresql_knows_unicode_and_sorts_by_code_point(tmp_path: Path) -> None:
    with postgres(tmp_path) as (_, url):
        assert ask(url, "SHOW server_encoding") == "UTF8"
        assert ask(url, "SELECT upper('žluťoučký')") == "ŽLUŤOUČKÝ"
        assert ask(url, "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{a,B,é}'::text[]) x") == (
            "Baé"
        )


def test_run_is_durable_and_tests_are_fast(tmp_path: Path) -> None:
    with postgres(tmp_path, durable=True) as (_, url):
        assert ask(url, "SHOW fsync") == "on"
    with postgres(tmp_path, durable=False) as (_, url):
        assert ask(url, "SHOW fsync") == "off"


def test_valkey_needs_the_password_of_this_run(tmp_path: Path) -> None:
    with valkey(tmp_path) as url:
        address = urlsplit(url)
        assert address.hostname == "127.0.0.1"
        with socket.create_connection(("127.0.0.1", address.port or 0), timeout=5) as stranger:
            stranger.sendall(b"GET key\r\n")
            assert stranger.recv(100) == b"-NOAUTH Authentication required.\r\n"
        (server,) = processes_of(tmp_path)
        assert str(address.password) not in Path(f"/proc/{server}/cmdline").read_text("utf-8")


def test_valkey_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    for expected in (None, b"kept"):
        with valkey(tmp_path) as url, redis.Redis.from_url(url) as client:
            assert client.get("key") == expected
            client.set("key", "kept")


def test_long_data_dir_gets_a_short_socket_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 100)
    folder.mkdir()

    with postgres(folder) as (_, url):
        sockets = Path(ask(url, "SHOW unix_socket_directories"))
        assert len(str(sockets)) < 60

    assert not sockets.exists()


def test_data_of_another_major_version_is_refused_untouched(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("15\n", encoding="ascii")

    expected = "was made by PostgreSQL 15, but the one found is 18.*PG_BINDIR"
    with pytest.raises(LaunchError, match=expected), postgres(tmp_path):
        pytest.fail("It started.")

    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


def test_cluster_that_was_only_half_made_is_made_again(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="ascii")

    with postgres(tmp_path) as (_, url):
        assert ask(url, "SELECT 1") == "1"

    assert not half.exists()


def test_killed_postgresql_ends_the_run_and_starts_again_with_its_data(tmp_path: Path) -> None:
    with postgres(tmp_path, durable=True) as (crew, url):
        say(url, "CREATE TABLE kept (name text)", "INSERT INTO kept VALUES ('intact')")
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        with pytest.raises(LaunchError, match="postgres was killed by signal 9"):
            crew.wait_until(lambda: False, 10, "It did not die.")
    assert (tmp_path / "postgres" / "postmaster.pid").exists()

    with postgres(tmp_path, durable=True) as (_, url):
        assert ask(url, "SELECT name FROM kept") == "intact"


def test_lock_file_naming_some_other_program_does_not_block(tmp_path: Path) -> None:
    with postgres(tmp_path):
        pass
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        content = f"{os.getpid()}\n{tmp_path / 'postgres'}\n1\n5432\n{tmp_path / 'postgres'}\n"
        (tmp_path / "postgres" / name).write_text(content, encoding="utf-8")

    with postgres(tmp_path) as (_, url):
        assert ask(url, "SELECT 1") == "1"


def test_second_server_on_the_same_data_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.launch.leftovers.PATIENCE_SECONDS", 0.2)
    with postgres(tmp_path):
        expected = rf"still serves {tmp_path}/postgres \(processes .*{postmaster(tmp_path)}"
        with pytest.raises(LaunchError, match=expected), postgres(tmp_path):
            pytest.fail("Both serve.")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Unlike tmp_path, which pytest closes to others again whenever a session begins."""
    with TemporaryDirectory(prefix="cs-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o711)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_namespaces_runs_postgresql_as_another_user(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unshare = write_program(open_folder / "bin" / "unshare", "exit 1")
    monkeypatch.setenv("PATH", f"{unshare.parent}:{os.environ['PATH']}")
    # A copy, since the virtual environment may lie where others cannot go.
    package = find_postgres({}).program.parents[2]
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, open_folder / part.name)
    monkeypatch.setenv("PG_BINDIR", str(open_folder / package.name / "pginstall" / "bin"))

    with postgres(open_folder) as (_, url):
        assert ask(url, "SELECT 1") == "1"
        assert (open_folder / "postgres").stat().st_uid != 0
