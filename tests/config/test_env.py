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
        ("REDIS_URL", "memory://"),
        ("PUBLIC_URL", ""),
        ("PUBLIC_URL", "buyer.example"),
        ("PUBLIC_URL", "http://buyer.example"),
        ("PUBLIC_URL", "https://buyer.example/path"),
        ("PUBLIC_URL", "https://buyer.example:notaport"),
        ("ALLOWED_HOSTS", ""),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("EMAIL_URL", "http://mail.example"),
        ("LOG_FORMAT", "xml"),
    ),
)
def test_bad_variable_stops_the_start_and_names_itself(name: str, value: str) -> None:
    stopped = start(**{name: value})

    assert stopped.returncode != 0
    assert f"Environment variable {name}:" in stopped.stderr.splitlines()[-1]


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


def test_number_below_its_least_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "0")

    with pytest.raises(env.BadVariable, match="PORT"):
        env.number("PORT", 8000, at_least=1)


def test_mail_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtps://a%40b:p%3Aw@mail.example")

    found = env.email("EMAIL_URL")

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_SSL"]) == (
        "mail.example",
        465,
        True,
    )
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("a@b", "p:w")
