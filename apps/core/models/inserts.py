"""Rows of the hot paths: their SQL is built once per process, and several are one statement."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from apps.core.models.statements import fill

Reader = Callable[[models.Model], Any]
Pending = list[tuple["Insert", list[Any]]]
# What Python holds of these fields is what PostgreSQL is given.
PLAIN = (
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.GenericIPAddressField,
    models.UUIDField,
)


class _Waiting(threading.local):
    rows: Pending | None = None


_waiting = _Waiting()


class Insert:
    """Rows of one model written on a hot path: the SQL is built once per process.

    It does what `save(force_insert=True)` does for a model that makes its own key, without the
    signals, which nobody listens to. Values are values; expressions need `save`.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self._fields = model._meta.concrete_fields  # noqa: SLF001 -- Django's documented name
        self._table = model._meta.db_table  # noqa: SLF001 -- as above
        self._readers = [_reader(field) for field in self._fields]

    def row(self, instance: models.Model) -> None:
        """Write the instance, which must be new, or have it `written_together` with others.

        Raises IntegrityError.
        """
        one = self, [read(instance) for read in self._readers]
        if _waiting.rows is None:
            _write([one])
        else:
            _waiting.rows.append(one)
        instance._state.adding = False  # noqa: SLF001 -- Django's documented name
        instance._state.db = connection.alias  # noqa: SLF001 -- as above

    def sql(self, first: int) -> str:
        """The statement, whose places count from ``first``."""
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in self._fields)
        numbers = [f"${first + n}" for n in range(len(self._fields))]
        places = fill(", ".join(_place_of(field) for field in self._fields), numbers)
        return f"INSERT INTO {quote(self._table)} ({columns}) VALUES ({places})"  # noqa: S608 -- names of our own models  # nosec B608

    def __len__(self) -> int:
        return len(self._fields)


@contextmanager
def written_together() -> Iterator[None]:
    """Have the rows of this block written by one statement at its end, and none if it fails.

    One statement is one transaction, so the block needs no other. What it reads is from before.
    Raises IntegrityError.
    """
    if _waiting.rows is not None:
        raise RuntimeError("Rows are already being gathered.")
    rows: Pending = []
    _waiting.rows = rows
    try:
        yield
    finally:
        _waiting.rows = None
    if rows:
        _write(rows)


def _write(rows: Pending) -> None:
    sql = _joined(tuple(insert for insert, _ in rows))
    cursor = connection.prepared_cursor()  # type: ignore[attr-defined]  # config/postgresql
    cursor.execute(sql, [value for _, values in rows for value in values])


@lru_cache(maxsize=32)
def _joined(inserts: tuple[Insert, ...]) -> str:
    """All but the last as common table expressions: PostgreSQL checks keys after all of them."""
    texts, first = [], 1
    for insert in inserts:
        texts.append(insert.sql(first))
        first += len(insert)
    *others, last = texts
    named = ", ".join(f"row_{n} AS ({text})" for n, text in enumerate(others))
    return f"WITH {named} {last}" if named else last


def _reader(field: Any) -> Reader:  # noqa: ANN401 -- fields of any kind
    """What reads the field's value as the database is given it."""
    kind, read = getattr(field, "target_field", field), attrgetter(field.attname)
    writes_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if type(kind) in PLAIN and not writes_itself:
        return read
    if type(kind) is models.JSONField:
        return partial(_json, read, kind.encoder)
    if type(kind) is ArrayField and type(kind.base_field) in PLAIN:
        return partial(_array, read)
    return lambda row: field.get_db_prep_save(field.pre_save(row, True), connection)


def _json(read: Reader, encoder: type[json.JSONEncoder] | None, row: models.Model) -> str | None:
    value = read(row)
    return None if value is None else json.dumps(value, cls=encoder)


def _array(read: Reader, row: models.Model) -> list[Any] | str | None:
    """An empty one as text, for it has no elements to tell their type."""
    value = read(row)
    return None if value is None else list(value) or "{}"


def _place_of(field: Any) -> str:  # noqa: ANN401 -- fields of any kind
    """Arrays name their type, as the ORM has them do."""
    typed = hasattr(field, "get_placeholder")
    return str(field.get_placeholder(None, None, connection)) if typed else "%s"
