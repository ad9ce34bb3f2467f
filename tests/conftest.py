"""The stage: a clock, an actor that sets the scene, the cast, and a trail that may be reset."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.testcases import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from apps.core.actor import Actor, system_actor
from apps.core.keys import forget_keys
from tests.factories.world import World, make_world

# How long an example takes says how busy the machine is; time is measured in benchmarks/.
hypothesis_settings.register_profile(
    "countersign", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("countersign")
KEPT_TABLES = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "oauth_signingkey",
    "partners_claimrule",
}


def _empty_every_table(_case: TransactionTestCase) -> None:
    """Empty all tables but those that migrations fill. The trail's triggers refuse TRUNCATE, so
    the one place that may do it switches them off for its own transaction.
    """
    tables = sorted(set(connection.introspection.table_names()) - KEPT_TABLES)
    names = ", ".join(connection.ops.quote_name(table) for table in tables)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture(autouse=True, scope="session")
def _trail_may_be_reset() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", _empty_every_table)
    yield
    patch.undo()


def _forget_counters() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        for name in valkey.scan_iter("limit:*"):
            valkey.delete(name)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """No test sees keys or counters of another."""
    forget_keys()
    yield
    forget_keys()
    _forget_counters()


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def at() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def operator() -> Actor:
    """Whoever sets the scene; what it does is recorded like anybody's acts."""
    return system_actor("test")


@pytest.fixture
def world(db: None) -> World:  # noqa: ARG001 -- asks for the database
    return make_world()
