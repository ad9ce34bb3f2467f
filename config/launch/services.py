"""The product's own processes: what runs once before the others, and what stays."""

import os
import signal
import sys
from pathlib import Path

from config.launch.options import Options
from config.launch.program import Program

ROOT = Path(__file__).resolve().parent.parent.parent


def steps(options: Options, environ: dict[str, str]) -> list[Program]:
    """What must have ended well before anything serves."""
    due = {"migrate": ["migrate", "--noinput", "--verbosity", "0"]}
    if options.environment == "local":
        due["demo"] = ["demo"]
    return [
        Program(name, [sys.executable, "manage.py", *arguments], environ, ROOT)
        for name, arguments in due.items()
    ]


def services(options: Options, environ: dict[str, str]) -> list[Program]:
    """In the order of their start, which is the opposite of the order of their end."""
    return [
        Program("web", _web(options), environ, ROOT, patience=10.0),
        Program(
            "worker",
            _celery("worker", "--concurrency", "2", "--without-gossip", "--without-mingle"),
            environ,
            ROOT,
            # Asked to stop it finishes what it has begun; without us it must not linger.
            orphan_signal=signal.SIGKILL,
            patience=15.0,
        ),
        Program(
            "beat",
            _celery("beat", "--pidfile=", "--schedule", options.data_dir / "beat-schedule"),
            environ,
            ROOT,
            patience=5.0,
        ),
    ]


def _web(options: Options) -> list[str]:
    listen = ["--host", options.host, "--port", str(options.port)]
    size = ["--workers", str(options.web_workers), "--blocking-threads", "4"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    limits = ["--no-ws", "--workers-kill-timeout", "5"]
    module = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    return [*module, *listen, *size, *quiet, *limits, "config.wsgi:application"]


def _celery(*arguments: str | Path) -> list[str]:
    given = [os.fspath(argument) for argument in arguments]
    # Whether to be root was the choice of whoever typed `make run`; tasks travel as JSON only.
    calm = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [sys.executable, *calm, "-m", "celery", "--quiet", "-A", "config.celery"]
    return [*celery, *given, "--loglevel", "WARNING"]
