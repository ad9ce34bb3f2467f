"""The fixed cast, committed once for the tests of a file that take back what they did.

To build it anew for each of five thousand tests took a third of the suite. A test that commits,
or that brings its own cast, finds the tables empty as ever.
"""

from copy import deepcopy

import pytest
from django.db import connection, transaction

from tests.factories.world import World, make_world

# What migrations fill.
KEPT_TABLES = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "oauth_signingkey",
    "partners_claimrule",
}
COMMITTING = {"transactional_db", "live_server"}


def commits(item: pytest.Item) -> bool:
    """Whether what this test writes is seen by other connections."""
    mark = item.get_closest_marker("django_db")
    asked = bool(mark and mark.kwargs.get("transaction"))
    return asked or bool(COMMITTING & set(getattr(item, "fixturenames", ())))


def wants_stage(item: pytest.Item) -> bool:
    return "world" in getattr(item, "fixturenames", ()) and not commits(item)


def order(item: pytest.Item) -> int:
    """Tests of one file in few changes of the scene."""
    return 2 if commits(item) else int(wants_stage(item))


def empty_every_table() -> None:
    """Empty all tables but those that migrations fill. The trail's triggers refuse TRUNCATE, so
    the one place that may do it switches them off for its own transaction.
    """
    tables = sorted(set(connection.introspection.table_names()) - KEPT_TABLES)
    names = [connection.ops.quote_name(table) for table in tables]
    filled = " UNION ALL ".join(
        f"SELECT {number} WHERE EXISTS (SELECT FROM {name})"  # noqa: S608 -- names of our tables
        for number, name in enumerate(names)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(filled)
        dirty = [names[number] for (number,) in cursor.fetchall()]
        if dirty:
            # Waits for whoever still writes, such as a thread that a test left behind.
            cursor.execute(f"LOCK TABLE {', '.join(dirty)} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL session_replication_role = replica")
        for name in dirty:
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608 -- names of our tables


class Stage:
    """One for each process of the suite, since each has its own database."""

    def __init__(self) -> None:
        self.cast: World | None = None

    def clear(self) -> None:
        empty_every_table()
        self.cast = None

    def arrange(self, *, wanted: bool) -> None:
        """Called between tests, when nothing is open."""
        if wanted and self.cast is None:
            self.cast = make_world()
        elif not wanted and self.cast is not None:
            self.clear()

    def world(self) -> World:
        """Objects of the test's own; rows it changes are rolled back with it."""
        return make_world() if self.cast is None else deepcopy(self.cast)
