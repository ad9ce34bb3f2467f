"""PASSWORD_DENYLIST_FILE: read, or the start stops and names it."""

import gzip
from pathlib import Path

import pytest

from config import env
from tests.config.test_env import start

NAME = "PASSWORD_DENYLIST_FILE"


@pytest.mark.parametrize(
    "content", (b"one\ntwo\n", b"", gzip.compress(b"one\ntwo\n"), b"a" * 200_000)
)
def test_file_that_can_be_read_is_named(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    monkeypatch.setenv(NAME, str(path))

    assert env.readable_file(NAME) == path


@pytest.mark.parametrize(
    "content", (b"\xff\xfe\xfa", b"\x1f\x8bnot gzip", gzip.compress(b"one\n" * 9999)[:-40])
)
def test_file_that_is_no_text_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    monkeypatch.setenv(NAME, str(path))

    with pytest.raises(env.BadVariable, match=NAME):
        env.readable_file(NAME)


def test_no_file_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)

    assert env.readable_file(NAME) is None


def test_missing_file_stops_the_start(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        stopped = start(**{NAME: str(path)})

        assert stopped.returncode != 0
        assert f"Environment variable {NAME}:" in stopped.stderr.splitlines()[-1]


@pytest.mark.parametrize("value", ("yes", "ON"))
def test_mfa_required_is_on_or_off(value: str) -> None:
    stopped = start(MFA_REQUIRED=value)

    assert "Environment variable MFA_REQUIRED:" in stopped.stderr.splitlines()[-1]
