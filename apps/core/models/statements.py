"""Queries of the hot paths: built once per process, parsed and planned once per connection."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection, models

PLACE = re.compile(r"%(s|%)")


class _Built(NamedTuple):
    sql: str
    names: list[str]
    columns: list[str]


class Statement:
    """A query on a hot path whose SQL is built once per process; only its values change.

    Building and planning a large query costs more than running it. ``build`` is called once with
    placeholders for ``names`` and returns a `values()` query; ``rows`` runs its SQL with real ones.
    A value must reach the database as it is given: no lookup may transform it.
    """

    def __init__(
        self,
        build: Callable[..., models.QuerySet[Any, dict[str, Any]]],
        **placeholders: Any,  # noqa: ANN401 -- values of any column
    ) -> None:
        self._build = build
        self._placeholders = placeholders
        self._built: _Built | None = None

    def rows(self, **values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- values of any column
        sql, names, columns = self._built or self._prepare()
        cursor = connection.prepared_cursor()  # type: ignore[attr-defined]  # config/postgresql
        cursor.execute(sql, [values[name] for name in names])
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def _prepare(self) -> _Built:
        queryset = self._build(**self._placeholders)
        sql, params = queryset.query.get_compiler(connection=connection).as_sql()
        names = list(self._placeholders)
        places = {id(value): f"${n}" for n, value in enumerate(self._placeholders.values(), 1)}
        filled = fill(sql, [places.get(id(value)) or _literal(value) for value in params])
        self._built = _Built(filled, names, list(queryset.query.selected or ()))
        return self._built


def fill(sql: str, texts: Sequence[str]) -> str:
    """Django's SQL with these texts at its places, and no percent sign doubled."""
    waiting = iter(texts)
    return PLACE.sub(lambda found: next(waiting) if found[1] == "s" else "%", sql)


def _literal(value: Any) -> str:  # noqa: ANN401 -- values of any column
    """What never changes stands in the SQL, where the planner sees it."""
    return str(connection.ops.compose_sql("%s", [value]))  # type: ignore[attr-defined]  # PostgreSQL's
