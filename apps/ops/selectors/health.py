"""Whether the parts an answer needs are there."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache as once
from uuid import uuid4

from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from apps.audit.models import AuditKey
from apps.core.keys import active_key
from apps.oauth.keys import KEY_ALGORITHMS
from apps.oauth.models import SigningKey
from apps.ops.selectors.jobs import late_jobs

logger = logging.getLogger(__name__)
# The job that runs most often speaks for the worker and the scheduler.
PULSE = "seal_audit"


class _NotReadyError(Exception):
    """The part answers, but not as it must."""


@dataclass(frozen=True)
class Part:
    name: str
    ok: bool


def readiness(*, at: datetime, periods: Mapping[str, int]) -> list[Part]:
    """Each part, looked at. What exactly is wrong with one stands in the log only."""
    checks: dict[str, Callable[[], None]] = {
        "database": _check_database,
        "cache": _check_cache,
        "migrations": _check_migrations,
        "keys": _check_keys,
        "worker": lambda: _check_worker(at, periods),
    }
    return [Part(name, ok=_passes(name, check)) for name, check in checks.items()]


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        logger.exception("%s is not ready", name)
        return False
    return True


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_cache() -> None:
    key, value = f"health.{uuid4().hex}", uuid4().hex
    cache.set(key, value, timeout=10)
    if cache.get(key) != value:
        raise _NotReadyError("the cache forgets")


def _check_migrations() -> None:
    """Every migration of this code is applied; an upgrade's further ones do not matter."""
    if missing := _migrations() - set(MigrationRecorder(connection).applied_migrations()):
        raise _NotReadyError(f"{len(missing)} migrations are not applied")


def _check_keys() -> None:
    active_key(AuditKey)
    for algorithm in KEY_ALGORITHMS:
        active_key(SigningKey, algorithm)


def _check_worker(at: datetime, periods: Mapping[str, int]) -> None:
    if late_jobs(at=at, periods={PULSE: periods[PULSE]}):
        raise _NotReadyError(f"{PULSE} is late")


@once
def _migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)
