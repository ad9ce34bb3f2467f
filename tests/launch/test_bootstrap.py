"""The bootstrap installs what is due, once, and says in a sentence what it cannot do."""

from pathlib import Path

import pytest

from config.launch.bootstrap import BootstrapError, digest, ensure, find_python, main
from tests.launch.programs import write_program


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose .venv holds programs that only write down how they were called."""
    for name in ("bootstrap", "base", "dev"):
        lock = tmp_path / "requirements" / f"{name}.txt"
        lock.parent.mkdir(exist_ok=True)
        lock.write_text(f"{name}==1\n", encoding="utf-8")
    for name in ("python", "uv"):
        body = f'case "$*" in *"-c import"*) ;; *) echo "{name} $*" >> {tmp_path}/calls ;; esac'
        write_program(tmp_path / ".venv" / "bin" / name, body)
    return tmp_path


def calls(root: Path) -> list[str]:
    file = root / "calls"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def stamp(root: Path, name: str) -> str:
    return (root / ".venv" / f".stamp-{name}").read_text(encoding="utf-8")


def test_ensure_installs_with_hashes_and_stamps_the_lock(root: Path) -> None:
    ensure(root, "base")

    tool, lock = root / "requirements/bootstrap.txt", root / "requirements/base.txt"
    python = root / ".venv/bin/python"
    assert calls(root) == [
        f"python -m pip --disable-pip-version-check --quiet install --require-hashes -r {tool}",
        f"uv pip sync --quiet --compile-bytecode --python {python} --require-hashes {tool} {lock}",
    ]
    assert stamp(root, "base") == digest(lock)


def test_ensure_does_nothing_when_the_stamp_matches(root: Path) -> None:
    ensure(root, "base")
    (root / "calls").unlink()

    ensure(root, "base")

    assert calls(root) == []


def test_ensure_installs_again_when_the_lock_changed(root: Path) -> None:
    ensure(root, "base")
    (root / "calls").unlink()
    (root / "requirements/base.txt").write_text("base==2\n", encoding="utf-8")

    ensure(root, "base")

    assert len(calls(root)) == 2


def test_ensure_base_keeps_dev_which_holds_it(root: Path) -> None:
    ensure(root, "dev")
    (root / "calls").unlink()

    ensure(root, "base")
    assert calls(root) == []

    (root / "requirements/dev.txt").write_text("dev==2\n", encoding="utf-8")
    ensure(root, "base")
    assert calls(root)[-1].endswith("requirements/dev.txt")


def test_ensure_falls_back_to_pip_when_uv_fails(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_program(root / ".venv/bin/uv", "exit 2")

    ensure(root, "base")

    lock = root / "requirements/base.txt"
    assert calls(root)[-1].endswith(f"install --require-hashes -r {lock}")
    assert "uv cannot be had or did not work here" in capfd.readouterr().out


def test_ensure_leaves_no_valid_stamp_when_nothing_works(root: Path) -> None:
    write_program(root / ".venv/bin/python", 'case "$*" in *"-c import"*) ;; *) exit 1 ;; esac')

    with pytest.raises(BootstrapError, match=r"requirements/base\.txt could not be installed"):
        ensure(root, "base")

    assert stamp(root, "base") == ""


def test_find_python_takes_the_first_that_is_new_enough(tmp_path: Path) -> None:
    old = write_program(tmp_path / "old", "echo 0")
    broken = write_program(tmp_path / "broken", "exit 127")
    new = write_program(tmp_path / "new", "echo 1")

    found = find_python((str(tmp_path / "absent"), str(old), str(broken), str(new)))

    assert found == str(new)


def test_find_python_names_python3_venv_when_only_that_is_missing(tmp_path: Path) -> None:
    bare = write_program(tmp_path / "bare", "echo 1; exit 1")

    with pytest.raises(BootstrapError, match="apt-get install python3-venv"):
        find_python((str(bare),))


def test_find_python_says_what_is_needed_when_all_are_too_old(tmp_path: Path) -> None:
    old = write_program(tmp_path / "old", "echo 0")

    with pytest.raises(BootstrapError, match=r"Python 3\.11 or newer is needed"):
        find_python((str(old),))


def test_unknown_requirements_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["everything"]) == 2
    assert capsys.readouterr().err == "usage: bootstrap.py [base|dev]\n"
