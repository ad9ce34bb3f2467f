"""Folders nobody else can open, socket names that fit, and one run at a time."""

import os
from pathlib import Path

import pytest

from config.launch.errors import LaunchError
from config.launch.folders import make_data_dir, run_lock, socket_folder
from config.launch.owner import Owner

SOCKET = ".s.PGSQL.5432"


@pytest.fixture
def me() -> Owner:
    return Owner(os.geteuid(), os.getegid(), "as you")


def of_length(folder: Path, length: int) -> Path:
    """A folder whose socket's path has exactly this many bytes."""
    rest = length - len(os.fsencode(folder / "x" / SOCKET)) + 1
    return folder / ("d" * rest)


def test_socket_stays_in_its_folder_while_the_path_fits(tmp_path: Path, me: Owner) -> None:
    folder = of_length(tmp_path, 107)

    with socket_folder(folder, SOCKET, me) as found:
        assert found == folder


def test_long_path_gets_a_short_private_folder_that_is_removed(tmp_path: Path, me: Owner) -> None:
    with socket_folder(of_length(tmp_path, 108), SOCKET, me) as found:
        assert len(os.fsencode(found / SOCKET)) <= 107
        assert found.stat().st_mode & 0o777 == 0o700

    assert not found.exists()


def test_name_that_postgresql_would_read_as_two_is_not_used(tmp_path: Path, me: Owner) -> None:
    with socket_folder(tmp_path / "a,b", SOCKET, me) as found:
        assert found != tmp_path / "a,b"


def test_long_temporary_folder_is_passed_over(
    tmp_path: Path, me: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = of_length(tmp_path, 140)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))

    with socket_folder(long, SOCKET, me) as found:
        assert found.parent == Path("/tmp")  # noqa: S108 -- the folder in it is private


def test_second_run_on_the_same_data_dir_is_refused_with_the_firsts_process(tmp_path: Path) -> None:
    with run_lock(tmp_path):
        expected = rf"Another run \(process {os.getpid()}\) already uses DATA_DIR={tmp_path}"
        with pytest.raises(LaunchError, match=expected), run_lock(tmp_path):
            pytest.fail("Both runs hold the lock.")

    with run_lock(tmp_path):
        assert (tmp_path / "run.lock").read_text(encoding="ascii") == str(os.getpid())


def test_data_dir_lets_others_pass_but_not_look(tmp_path: Path) -> None:
    make_data_dir(tmp_path / "deep" / "var")

    assert (tmp_path / "deep" / "var").stat().st_mode & 0o777 == 0o711


def test_data_dir_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(LaunchError, match=f"DATA_DIR={file} cannot be made: File exists"):
        make_data_dir(file)
