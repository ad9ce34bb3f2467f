"""What the environment asks of a run; a bad value stops the start and names itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.launch.errors import LaunchError

ENVIRONMENTS = ("local", "staging", "production")
LAST_PORT = 65535


@dataclass(frozen=True)
class Options:
    environment: str
    settings: str
    data_dir: Path
    host: str
    port: int
    public_url: str
    web_workers: int
    database_url: str
    redis_url: str

    @property
    def embedded(self) -> bool:
        return not (self.database_url and self.redis_url)


def _text(environ: Mapping[str, str], name: str, default: str) -> str:
    return environ.get(name, "").strip() or default


def _number(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    raw = _text(environ, name, str(default))
    if not raw.isdecimal() or not 1 <= int(raw) <= most:
        raise LaunchError(f"{name} must be a whole number from 1 to {most}, not {raw!r}.")
    return int(raw)


def read_options(environ: Mapping[str, str]) -> Options:
    """The options of `make run`. Raises LaunchError naming the variable that cannot be used."""
    environment = _text(environ, "ENVIRONMENT", "local")
    if environment not in ENVIRONMENTS:
        names = ", ".join(ENVIRONMENTS)
        raise LaunchError(f"ENVIRONMENT must be one of {names}, not {environment!r}.")
    settings = "local" if environment == "local" else "production"
    port = _number(environ, "PORT", 8000, LAST_PORT)
    options = Options(
        environment=environment,
        settings=_text(environ, "DJANGO_SETTINGS_MODULE", f"config.settings.{settings}"),
        data_dir=Path(_text(environ, "DATA_DIR", "var")).resolve(),
        host=_text(environ, "HOST", "127.0.0.1"),
        port=port,
        public_url=_text(environ, "PUBLIC_URL", f"http://localhost:{port}").rstrip("/"),
        web_workers=_number(environ, "WEB_WORKERS", 2, 64),
        database_url=_text(environ, "DATABASE_URL", ""),
        redis_url=_text(environ, "REDIS_URL", ""),
    )
    _refuse_embedded_in_production(options)
    return options


def _refuse_embedded_in_production(options: Options) -> None:
    produces = options.environment != "local" or options.settings.endswith(".production")
    if produces and options.embedded:
        raise LaunchError(
            f"ENVIRONMENT={options.environment} with {options.settings} starts no servers of its "
            "own: give both DATABASE_URL and REDIS_URL."
        )


def child_environment(
    environ: Mapping[str, str], options: Options, database_url: str, redis_url: str
) -> dict[str, str]:
    """What Django's processes see: everything as given, and the answers found here."""
    return {
        **environ,
        "ENVIRONMENT": options.environment,
        "DJANGO_SETTINGS_MODULE": options.settings,
        "DATA_DIR": os.fspath(options.data_dir),
        "HOST": options.host,
        "PORT": str(options.port),
        "PUBLIC_URL": options.public_url,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PYTHONUNBUFFERED": "1",
    }
