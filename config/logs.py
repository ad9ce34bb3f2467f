"""How logs are written: one line per request and per thing that went wrong, as text or JSON."""

import logging
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
]


QUOTED = frozenset(" \t=\r\n\"'")


def _pair(key: str, value: object) -> str:
    """Quoted where it would not end by itself, so that nothing in it passes for another pair."""
    bare = isinstance(value, str) and QUOTED.isdisjoint(value)
    return f"{key}={value}" if bare else f"{key}={value!r}"


# What the library writes without colours, each by one function: most of its own time goes there.
COLUMNS = [
    structlog.dev.Column("", _pair),
    structlog.dev.Column("timestamp", lambda _, value: str(value)),
    structlog.dev.Column("level", lambda _, value: f"[{value:<9}]"),
    structlog.dev.Column("event", lambda _, value: f"{value:<30}"),
    structlog.dev.Column("logger", lambda _, value: f"[{value}]"),
]


def _ask_for_less() -> None:
    """Our lines say neither thread nor process nor the place in the source, and finding those for
    each costs more than writing it (logging HOWTO, Optimization).
    """
    logging._srcfile = None  # noqa: SLF001 -- named by the HOWTO
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def configure(form: str) -> dict[str, Any]:
    """Django's LOGGING for `console` (people) or `json` (machines); both go to standard error."""
    _ask_for_less()
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            # The default formatter prints local variables, and with them tokens.
            structlog.dev.ConsoleRenderer(
                columns=COLUMNS, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *last,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        # Our own line says what was asked and answered; Django's would say it twice.
        # A wrong Host header is anybody's to send, and not worth a traceback.
        "loggers": {
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
