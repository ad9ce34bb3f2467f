"""Orders of rows, and what comes after a row in one: pages of equal cost however deep.

Rows without a value come last when a column ascends and first when it descends, as PostgreSQL's
indexes have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Field, Model, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan


@dataclass(frozen=True)
class Column:
    """A column that rows are sorted by, reached by an ORM path through single relations."""

    path: str
    field: "Field[Any, Any]"
    nullable: bool
    descending: bool

    def turned(self) -> "Column":
        return replace(self, descending=not self.descending)

    def value(self, row: object) -> Any:  # noqa: ANN401 -- the column decides
        return attrgetter(self.path.replace("__", "."))(row)

    def read(self, written: str | None) -> Any:  # noqa: ANN401 -- the column decides
        """Raises ValidationError."""
        return None if written is None else self.field.to_python(written)

    def at(self, value: object) -> Q:
        return Q(**{f"{self.path}__isnull": True} if value is None else {self.path: value})

    def beyond(self, value: object) -> list[Q]:
        """Rows past the value, as one range of an index after the other."""
        absent = Q(**{f"{self.path}__isnull": True})
        if value is None:
            return [~absent] if self.descending else []
        past = Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})
        return [past, absent] if self.nullable and not self.descending else [past]


def column(model: type[Model], path: str, *, descending: bool) -> Column:
    """The path's column; raises FieldDoesNotExist for a path that the model does not have."""
    *relations, last = path.split("__")
    owner, passed = model, []
    for name in relations:
        passed.append(_field(owner, name))
        owner = passed[-1].related_model
    field = _field(owner, last)
    return Column(path, field, any(found.null for found in (*passed, field)), descending)


def _field(model: Any, name: str) -> Any:  # noqa: ANN401 -- Django's own names are not typed
    meta = model._meta  # noqa: SLF001 -- Django's documented name
    found = meta.pk if name == "pk" else meta.get_field(name)
    if not isinstance(found, Field):
        raise FieldDoesNotExist(f"{model.__name__}.{name} leads to many rows")
    return found


def ordering(columns: Sequence[Column]) -> list[str]:
    return [f"{'-' if column.descending else ''}{column.path}" for column in columns]


def ranges_after(columns: Sequence[Column], values: Sequence[Any]) -> list[Q]:
    """Rows after the one with these values, as ranges that follow one another in the order. Each
    is one range of an index on the columns, so a page costs the same wherever it begins.
    """
    if _of_one_piece(columns, values):
        compare = TupleLessThan if columns[0].descending else TupleGreaterThan
        behind = Q(compare(Tuple(*(F(column.path) for column in columns)), tuple(values)))
        return [behind, *columns[0].beyond(values[0])[1:]]
    found = []
    for place in reversed(range(len(columns))):
        tied = Q()
        for column, value in zip(columns[:place], values[:place], strict=True):
            tied &= column.at(value)
        found += [tied & beyond for beyond in columns[place].beyond(values[place])]
    return found


def _of_one_piece(columns: Sequence[Column], values: Sequence[Any]) -> bool:
    """Whether one comparison of rows says it all: it knows one direction and no NULL."""
    descending = columns[0].descending
    return (
        all(column.descending == descending for column in columns)
        and all(value is not None for value in values)
        and (descending or not any(column.nullable for column in columns[1:]))
    )
