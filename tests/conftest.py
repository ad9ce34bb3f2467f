"""The stage: a clock, an actor that sets the scene, the cast, and a trail that may be reset."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.test.testcases import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from apps.core.actor import Actor, system_actor
from apps.core.keys import forget_keys
from tests.factories.stage import Stage, commits, empty_every_table, order, wants_stage
from tests.factories.world import World

# How long an example takes says how busy the machine is; time is measured in benchmarks/.
hypothesis_settings.register_profile(
    "countersign", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("countersign")
STAGE = pytest.StashKey[Stage]()
RUNNING = pytest.StashKey[pytest.Item]()
BLOCKER = pytest.StashKey[DjangoDbBlocker]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, so that no process is left alone with them at the end."""
    files = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}
    slow = {item.path for item in items if commits(item) or item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, files[item.path], order(item)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.session.stash[RUNNING] = item


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Between two tests, when what the last one did is taken back."""
    yield
    stash = item.session.stash
    if STAGE in stash and nextitem is not None:
        with stash[BLOCKER].unblock():
            stash[STAGE].arrange(wanted=wants_stage(nextitem))


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,  # noqa: ARG001 -- the plugin's own, which makes the database
    django_db_blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
) -> None:
    """A database kept from a run that was broken off may hold anything."""
    stash = request.session.stash
    stash[STAGE], stash[BLOCKER] = Stage(), django_db_blocker
    with django_db_blocker.unblock():
        stash[STAGE].clear()
        stash[STAGE].arrange(wanted=wants_stage(stash[RUNNING]))


@pytest.fixture(autouse=True, scope="session")
def _trail_may_be_reset() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty_every_table())
    yield
    patch.undo()


@pytest.fixture(scope="session")
def _valkey() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        yield valkey


@pytest.fixture(autouse=True)
def _nothing_remembered(_valkey: redis.Redis) -> Iterator[None]:
    """No test sees keys or counters of another."""
    forget_keys()
    yield
    forget_keys()
    for name in _valkey.scan_iter("limit:*"):
        _valkey.delete(name)


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
def world(db: None, request: pytest.FixtureRequest) -> World:  # noqa: ARG001 -- asks for the database
    return request.session.stash[STAGE].world()
