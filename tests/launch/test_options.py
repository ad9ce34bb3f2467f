"""What the environment asks of a run, and the sentences for what cannot be."""

from pathlib import Path

import pytest

from config.launch.errors import LaunchError
from config.launch.options import child_environment, read_options


def test_defaults_are_those_of_the_contract() -> None:
    options = read_options({})

    assert options.environment == "local"
    assert options.settings == "config.settings.local"
    assert options.data_dir == Path.cwd() / "var"
    assert (options.host, options.port) == ("127.0.0.1", 8000)
    assert options.public_url == "http://localhost:8000"
    assert options.web_workers == 2


def test_public_url_follows_the_port() -> None:
    assert read_options({"PORT": "8123"}).public_url == "http://localhost:8123"


def test_blank_variable_counts_as_absent() -> None:
    assert read_options({"PORT": " ", "DATABASE_URL": ""}) == read_options({})


@pytest.mark.parametrize(
    ("name", "value"),
    (
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("WEB_WORKERS", "-1"),
        ("WEB_WORKERS", "²"),
    ),
)
def test_bad_number_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(LaunchError, match=f"{name} must be a whole number .* not {value!r}"):
        read_options({name: value})


def test_unknown_environment_is_refused_by_name() -> None:
    with pytest.raises(LaunchError, match="ENVIRONMENT must be one of local, staging, production"):
        read_options({"ENVIRONMENT": "prod"})


@pytest.mark.parametrize(
    "environ",
    (
        {"ENVIRONMENT": "production"},
        {"ENVIRONMENT": "production", "DATABASE_URL": "postgresql://db/x"},
        {"ENVIRONMENT": "staging", "REDIS_URL": "redis://cache"},
        {"DJANGO_SETTINGS_MODULE": "config.settings.production"},
    ),
)
def test_production_starts_nothing_embedded(environ: dict[str, str]) -> None:
    with pytest.raises(LaunchError, match="give both DATABASE_URL and REDIS_URL"):
        read_options(environ)


def test_production_runs_on_the_operators_servers() -> None:
    given = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache"}

    assert not read_options({"ENVIRONMENT": "production", **given}).embedded


def test_children_get_answers_instead_of_questions() -> None:
    given = {"DATA_DIR": "elsewhere", "SECRET_KEY": "kept"}

    environ = child_environment(given, read_options(given), "postgresql://a", "redis://b")

    assert environ["DATA_DIR"] == str(Path.cwd() / "elsewhere")
    assert environ["SECRET_KEY"] == "kept"
    assert (environ["DATABASE_URL"], environ["REDIS_URL"]) == ("postgresql://a", "redis://b")
