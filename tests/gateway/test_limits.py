"""Counters on a real Valkey, and without one."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import redis
from django.conf import settings as configured
from pytest_django import Settings

from apps.gateway.services.limits import Limit, begin, count, exceeded, waits

FEW = Limit("test-few", 3, 60)
MANY = Limit("test-many", 100, 600)


@pytest.fixture
def key() -> str:
    return uuid4().hex


def test_a_limit_is_exceeded_once_its_most_is_counted(key: str) -> None:
    seen = []
    for _ in range(4):
        seen.append(exceeded((FEW, key)))
        count((FEW, key))

    assert seen[:3] == [0, 0, 0]
    assert 58 <= seen[3] <= 60


def test_counting_tells_how_many_there_are(key: str) -> None:
    assert count((FEW, key), (MANY, key)) == [1, 1]
    assert count((FEW, key)) == [2]
    assert count((FEW, key), (MANY, key)) == [3, 2]


def test_one_key_is_never_slowed_by_another(key: str) -> None:
    for _ in range(5):
        count((FEW, key))

    assert exceeded((FEW, key)) > 0
    assert exceeded((FEW, f"{key}'s neighbour")) == 0
    assert exceeded((MANY, key)) == 0


def test_the_longest_wait_of_several_is_told(key: str) -> None:
    short, long = Limit("test-short", 1, 10), Limit("test-long", 1, 100)
    count((short, key), (long, key))

    first, second, third = waits((short, key), (long, key), (MANY, key))

    assert (0 < first <= 10, 10 < second <= 100, third) == (True, True, 0)
    assert exceeded((short, key), (long, key), (MANY, key)) == second


def test_what_interrupts_a_command_leaves_no_answer_for_the_next(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    count((FEW, key), (MANY, key))
    with monkeypatch.context() as patch:
        patch.setattr(redis.Connection, "read_response", interrupted)
        with pytest.raises(KeyboardInterrupt):
            count((FEW, key), (MANY, key))

    assert waits((FEW, f"{key} of another")) == [0]
    assert count((FEW, key)) == [3]


def test_a_window_ends_by_itself_and_is_not_prolonged_by_counting(key: str) -> None:
    brief = Limit("test-brief", 1, 1)
    until = time.monotonic() + 3
    count((brief, key))
    assert exceeded((brief, key)) == 1

    while exceeded((brief, key)) and time.monotonic() < until:
        time.sleep(0.3)

    assert exceeded((brief, key)) == 0
    assert count((brief, key)) == [1]


def test_a_window_begun_anew_lasts_its_whole_time(key: str) -> None:
    once = Limit("test-once", 1, 100)
    begin(once, key)
    with redis.Redis.from_url(configured.REDIS_URL) as valkey:
        for name in valkey.scan_iter("limit:test-once:*"):
            valkey.expire(name, 5)
    assert exceeded((once, key)) == 5

    begin(once, key)

    assert 99 <= exceeded((once, key)) <= 100


def test_sixteen_threads_are_counted_one_by_one(key: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        counts = sorted(pool.map(lambda _: count((MANY, key))[0], range(64)))

    assert counts == list(range(1, 65))


def test_counting_goes_on_after_valkey_has_closed_every_connection(key: str) -> None:
    count((FEW, key))
    with redis.Redis.from_url(configured.REDIS_URL) as valkey:
        valkey.client_kill_filter(_type="normal", skipme=True)

    assert count((FEW, key)) == [2]


def test_counting_goes_on_after_valkey_has_forgotten_the_scripts(key: str) -> None:
    count((FEW, key))
    with redis.Redis.from_url(configured.REDIS_URL) as valkey:
        valkey.script_flush()

    assert count((FEW, key)) == [2]


def test_a_child_process_has_a_connection_of_its_own(key: str) -> None:
    count((FEW, key))
    child = os.fork()
    if child == 0:
        os._exit(0 if count((FEW, key)) == [2] else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert count((FEW, key)) == [3]


def test_a_key_of_any_length_and_form_is_counted() -> None:
    key = uuid4().hex + "\x00é" * 100_000

    assert count((FEW, key)) == [1]


def test_without_valkey_nobody_has_exceeded_anything(
    key: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    counted = [count((FEW, key), (MANY, key)) for _ in range(5)]
    begin(FEW, key)

    assert counted == [[0, 0]] * 5
    assert exceeded((FEW, key), (MANY, key)) == 0
    assert "limits.unavailable" in caplog.text
