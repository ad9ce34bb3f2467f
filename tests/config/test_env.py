"""A bad environment variable stops the start and names itself."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import env

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "s" * 50,
    "CLIENT_SECRET_PEPPER": "p" * 50,
    "ENCRYPTION_KEYS": base64.b64encode(b"k" * 32).decode(),
    "DATABASE_URL": "postgresql://app@db.example/app",
    "REDIS_URL": "redis://cache.example/0",
    "PUBLIC_URL": "https://buyer.example",
    "ALLOWED_HOSTS": "buyer.example",
}


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    """Load the production settings in a process of their own."""
    environ = {"PATH": os.environ["PATH"], **GOOD, **changes}
    return subprocess.run(
        [sys.executable, "-c", "import config.settings.production"],
        env={name: value for name, value in environ.items() if value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_starts_with_everything_given() -> None:
    assert start().returncode == 0


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("ENVIRONMENT", "prod"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("CLIENT_SECRET_PEPPER", ""),
        ("ENCRYPTION_KEYS", ""),
        ("ENCRYPTION_KEYS", "not base64!"),
        ("ENCRYPTION_KEYS", base64.b64encode(b"short").decode()),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
        ("REDIS_URL", ""),
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "postgresql://app@db.example"),
        ("DATABASE_URL", "postgresql://app@db.example:70000/app"),
        ("REDIS_URL", "memory://"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://cache.example:abc/0"),
        ("REDIS_URL", "redis://cache.example:0/0"),
        ("REDIS_URL", "redis://cache.example/abc"),
        ("REDIS_URL", "unix://"),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "buyer.example"),
        ("PUBLIC_URL", "http://buyer.example"),
        ("PUBLIC_URL", "https://buyer.example/path"),
        ("PUBLIC_URL", "https://buyer.example:notaport"),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "http://buyer.example"),
        ("ALLOWED_HOSTS", "buyer.example:8000"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("OUTBOUND_PRIVATE_NETWORKS", "0.0.0.0/0"),
        ("OUTBOUND_PRIVATE_NETWORKS", "10.20.0.0/16,169.254.169.254"),
        ("OUTBOUND_PRIVATE_NETWORKS", "127.0.0.1"),
        ("OUTBOUND_PRIVATE_NETWORKS", "::/0"),
        ("EMAIL_URL", "http://mail.example"),
        ("EMAIL_FROM", "Purchasing"),
        ("EMAIL_FROM", "@buyer.example"),
        ("EMAIL_URL", "smtp://"),
        ("LOG_FORMAT", "xml"),
        ("BANK_CHANGE_COOLING_OFF_HOURS", "two days"),
        ("BANK_CHANGE_COOLING_OFF_HOURS", "-1"),
        ("BANK_CHANGE_COOLING_OFF_HOURS", "8761"),
        ("WEB_LOCK_TIMEOUT_SECONDS", "5s"),
        ("WEB_LOCK_TIMEOUT_SECONDS", "-1"),
        ("WEB_STATEMENT_TIMEOUT_SECONDS", "3601"),
    ),
)
def test_bad_variable_stops_the_start_and_names_itself(name: str, value: str) -> None:
    stopped = start(**{name: value})

    assert stopped.returncode != 0
    assert f"Environment variable {name}:" in stopped.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("DATABASE_URL", "mysql://u:hunter2@db.example/app"),
        ("DATABASE_URL", "postgresql://u:hunter2@db.example:notaport/app"),
        ("DATABASE_URL", "postgresql://u:hunter2/x@db.example/app"),
        ("REDIS_URL", "memory://:hunter2@cache.example"),
        ("REDIS_URL", "redis://:hunter2@cache.example:abc/0"),
        ("EMAIL_URL", "smtp://u:hunter2@mail.example:abc"),
        ("EMAIL_URL", "http://u:hunter2@mail.example"),
        ("PUBLIC_URL", "https://u:hunter2@buyer.example"),
        ("SECRET_KEY", "hunter2"),
        ("SECRET_KEY_FALLBACKS", "hunter2"),
        ("CLIENT_SECRET_PEPPER", "hunter2"),
        ("ENCRYPTION_KEYS", "hunter2"),
    ),
)
def test_no_part_of_a_bad_secret_is_repeated(name: str, value: str) -> None:
    stopped = start(**{name: value})

    assert f"Environment variable {name}:" in stopped.stderr.splitlines()[-1]
    assert "hunter2" not in stopped.stderr + stopped.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("DATABASE_URL", "postgresql://app@%2Frun%2FPostgres/app"),
        ("DATABASE_URL", "postgres:///app"),
        ("DATABASE_URL", "postgresql://app:p%40ss@[::1]:5433/app?sslmode=require"),
        ("REDIS_URL", "redis://cache.example"),
        ("REDIS_URL", "rediss://:p%40ss@cache.example:6380/2"),
        ("REDIS_URL", "unix:///run/valkey.sock"),
    ),
)
def test_every_form_of_a_server_url_starts(name: str, value: str) -> None:
    assert start(**{name: value}).returncode == 0


def test_folder_of_a_socket_keeps_its_letters() -> None:
    found = env.database("postgresql://app@%2Frun%2FPostgres/app")

    assert (found["HOST"], found["NAME"]) == ("/run/Postgres", "app")


def test_local_secret_is_made_once_and_readable_by_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SECRET_KEY", raising=False)

    first, second = env.local_secret("SECRET_KEY"), env.local_secret("SECRET_KEY")

    assert first == second
    file = tmp_path / "secrets" / "SECRET_KEY"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(first) >= 32


@pytest.mark.parametrize("value", ("0", "-1", "65536", "70000", "http"))
def test_what_is_no_port_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)

    with pytest.raises(env.BadVariable, match=f"PORT: a whole number .*, not '{value}'"):
        env.port("PORT", 8000)


@pytest.mark.parametrize("value", ("1", "65535"))
def test_the_first_and_the_last_port_are_ports(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", value)

    assert env.port("PORT", 8000) == int(value)


def test_networks_of_the_house_are_private_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_PRIVATE_NETWORKS", "10.20.0.0/16, 192.168.7.9,fd00:1::/32")

    found = env.private_networks("OUTBOUND_PRIVATE_NETWORKS")

    assert [str(one) for one in found] == ["10.20.0.0/16", "192.168.7.9/32", "fd00:1::/32"]


def test_mail_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtps://a%40b:p%3Aw@mail.example")

    found = env.email("EMAIL_URL")

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_SSL"]) == (
        "mail.example",
        465,
        True,
    )
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("a@b", "p:w")
    assert found["EMAIL_TIMEOUT"] == 10


@pytest.mark.parametrize(
    ("given", "sender"),
    (
        (None, "Countersign <countersign@buyer.example>"),
        ("Purchasing <buying@buyer.example>", "Purchasing <buying@buyer.example>"),
    ),
)
def test_mail_comes_from_our_own_host_unless_told(
    monkeypatch: pytest.MonkeyPatch, given: str | None, sender: str
) -> None:
    if given:
        monkeypatch.setenv("EMAIL_FROM", given)

    found = env.sender("EMAIL_FROM", "https://buyer.example")

    assert found == {"DEFAULT_FROM_EMAIL": sender, "SERVER_EMAIL": sender}


def manage(tmp_path: Path, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **changes}
    return subprocess.run(
        [sys.executable, "manage.py", *(command or ("verify_audit", "--json"))],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", (("verify_audit", "--json"), ("makemigrations", "--check")))
def test_command_with_nothing_running_says_so_in_one_sentence(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    stopped = manage(tmp_path, *command)

    assert stopped.returncode == 1
    assert stopped.stderr == (
        f"Environment variable REDIS_URL: is not set, and nothing runs on {tmp_path}: "
        "start `make run`, or set it.\n"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    (("SECRET_KEY", "short"), ("CLIENT_SECRET_PEPPER", "x"), ("EMAIL_URL", "foo")),
)
def test_bad_variable_on_a_laptop_stops_the_start_too(
    name: str, value: str, tmp_path: Path
) -> None:
    servers = {
        "DATABASE_URL": "postgresql://app@db.example/app",
        "REDIS_URL": "redis://c.example/0",
    }

    stopped = manage(tmp_path, **servers, **{name: value})

    assert stopped.returncode == 1
    assert stopped.stderr.startswith(f"Environment variable {name}:")
