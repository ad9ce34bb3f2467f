"""One connection: how it is known to be alive, and a cursor whose statements are planned once."""

import select
import time
from typing import Any, Self

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor

# A network may lose a connection without a word: the server is asked this often at least.
ASKED_EVERY_SECONDS = 10.0


class DatabaseOperations(operations.DatabaseOperations):
    """Says of a statement that was planned before what it is, if not with what values."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:  # noqa: ANN401 -- Django's signature
        return super().last_executed_query(cursor, sql, params) or sql


class PreparedCursor(RawCursor[Any]):
    """Prepares what it runs, the first time. psycopg is told so for that moment alone, for it
    would remember the text of everything else that runs, however long.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:  # noqa: ANN401 -- psycopg's signature, less its overloads
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, **options)
        finally:
            self.connection.prepare_threshold = None


class DatabaseWrapper(base.DatabaseWrapper):
    """Each kept connection is looked at before a request uses it, as CONN_HEALTH_CHECKS asks."""

    ops_class = DatabaseOperations
    _answered_at = -ASKED_EVERY_SECONDS
    _prepared: PreparedCursor | None = None

    def is_usable(self) -> bool:
        """Whether the server is still there.

        A server that ends, restarts or throws a connection out closes its socket, which this
        machine sees without asking: then there is something to read. After an error, and when it
        has not been asked for long, it is.
        """
        now = time.monotonic()
        recent = now - self._answered_at < ASKED_EVERY_SECONDS
        if recent and not self.errors_occurred and self._has_nothing_to_say():
            return True
        usable = super().is_usable()
        self._answered_at = now if usable else -ASKED_EVERY_SECONDS
        return usable

    def prepared_cursor(self) -> CursorWrapper:
        """A cursor for statements that return: each is parsed and planned once per connection.

        Its SQL has the places $1, $2 and so on, and its values go to the server as they are. It is
        the connection's only one: what a statement answers is read before the next, and it is not
        closed.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        if self._prepared is None or self._prepared.connection is not self.connection:
            self._prepared = PreparedCursor(self.connection)
        with self.wrap_database_errors:
            made: CursorWrapper = self._prepare_cursor(self._prepared)  # type: ignore[attr-defined]  # Django's own step between a cursor and its wrapper
        return made

    def _has_nothing_to_say(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)
