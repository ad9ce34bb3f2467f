"""A kept connection is known to be alive without asking, and a dead one is replaced."""

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from config.postgresql import base
from config.postgresql.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept() -> Iterator[DatabaseWrapper]:
    """A connection of its own that was asked a moment ago."""
    made = connection.copy()
    assert isinstance(made, DatabaseWrapper)
    made.settings_dict = {**made.settings_dict, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 600}
    begin_request(made)
    ask(made)
    begin_request(made)
    ask(made)
    yield made
    made.close()


def begin_request(made: BaseDatabaseWrapper) -> None:
    """What Django does as a request begins."""
    made.health_check_enabled = True
    made.health_check_done = False


def ask(made: BaseDatabaseWrapper) -> int:
    with made.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def asked(made: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the server was asked for the answer that it is there."""
    questions: list[bool] = []
    real = base.base.DatabaseWrapper.is_usable

    def counting(wrapper: DatabaseWrapper) -> bool:
        questions.append(True)
        return bool(real(wrapper))

    with monkeypatch.context() as patch:
        patch.setattr(base.base.DatabaseWrapper, "is_usable", counting)
        assert made.is_usable()
    return bool(questions)


def end(backend: int) -> None:
    """As a restart of the server does to every connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        assert cursor.fetchone() == (True,)


def test_connection_asked_a_moment_ago_is_not_asked_again(
    kept: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(kept, monkeypatch) is False


def test_connection_not_asked_for_long_is_asked_for(
    kept: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.monotonic() + base.ASKED_EVERY_SECONDS
    monkeypatch.setattr(base.time, "monotonic", lambda: later)

    assert asked(kept, monkeypatch) is True
    assert asked(kept, monkeypatch) is False


def test_connection_with_an_error_is_asked_for(
    kept: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.errors_occurred = True

    assert asked(kept, monkeypatch) is True


def test_connection_that_the_server_ended_is_replaced_by_the_next_request(
    kept: DatabaseWrapper,
) -> None:
    before = ask(kept)
    end(before)

    begin_request(kept)
    after = ask(kept)

    assert after != before


def test_prepared_statement_is_replaced_with_its_connection(kept: DatabaseWrapper) -> None:
    def prepared() -> list[tuple[int]]:
        cursor = kept.prepared_cursor()
        cursor.execute("SELECT $1::int", [7])
        return list(cursor.fetchall())

    first = prepared()
    end(ask(kept))
    begin_request(kept)

    assert (first, prepared()) == ([(7,)], [(7,)])


def test_statement_is_planned_once_per_connection(kept: DatabaseWrapper) -> None:
    for number in (1, 2, 3):
        kept.prepared_cursor().execute("SELECT $1::int + 40000", [number])

    with kept.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%% + 40000'"
        )
        assert cursor.fetchall() == [(3,)]


def test_other_statements_are_neither_prepared_nor_remembered(kept: DatabaseWrapper) -> None:
    kept.prepared_cursor().execute("SELECT $1::int", [1])

    for number in range(10):
        with kept.cursor() as cursor:
            cursor.execute("SELECT %s + 50000", [number % 2])

    with kept.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchall() == [(1,)]
    assert kept.connection.prepare_threshold is None
