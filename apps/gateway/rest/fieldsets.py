"""Which part of a resource the caller asked for: `fields=` and `expand=`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from apps.gateway.errors import UnknownFilterError
from apps.gateway.rest.parameters import Parameter, names_of

REDACTED, EXPANDED = "_redacted", "expanded"
Body = dict[str, Any]
Render = Callable[..., Body]


@dataclass(frozen=True)
class Selection:
    """``fields`` is None for all of them; what is expanded is shown besides."""

    fields: frozenset[str] | None
    expand: frozenset[str]

    def wants(self, name: str) -> bool:
        """Whether a field is asked for by its name, as those must be that are shown on demand."""
        return name in self.expand or (self.fields is not None and name in self.fields)

    def body(self, render: Render, row: object) -> Body:
        """What was asked for; what the caller may not see stays named in `_redacted`."""
        shown = render(row, expand=self.expand) if self.expand else render(row)
        if self.fields is None:
            return shown
        kept = {*self.fields, *self.expand, REDACTED, EXPANDED}
        return {name: value for name, value in shown.items() if name in kept}


ALL = Selection(None, frozenset())


@dataclass(frozen=True)
class Fieldset:
    """What a resource shows: ``shape`` names its fields. ``expands`` names what is shown in full
    when asked for, each with the relations to read beforehand; the render function of a resource
    that has some takes ``expand``, a set of their names. ``parts`` names relations that rows come
    with, each with the fields that are made of it: lists leave it unread when none is asked for.
    """

    shape: type[serializers.BaseSerializer[Any]]
    expands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def names(self) -> tuple[str, ...]:
        shape = self.shape()
        if not isinstance(shape, serializers.Serializer):
            raise TypeError(f"{self.shape.__name__} has no fields")
        return tuple(name for name, inner in shape.fields.items() if not inner.write_only)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """What a query may hold."""
        besides = ", and what is expanded" if self.expands else ""
        found = {"fields": Parameter(f"Only these fields{besides}.", names_of(self.names))}
        if self.expands:
            found["expand"] = Parameter("Shown in full, one level deep.", names_of(self.expands))
        return found

    def selection(self, request: Request) -> Selection:
        """Raises UnknownFilterError."""
        query = request.query_params
        if "fields" not in query and "expand" not in query:
            return ALL
        return Selection(
            _names(query["fields"], self.names, "field") if "fields" in query else None,
            _names(query["expand"], self.expands, "expansion")
            if "expand" in query
            else frozenset(),
        )

    def relations(self, selection: Selection) -> list[str]:
        """What to read for the expansions, as prefetch_related takes it."""
        return [path for name in sorted(selection.expand) for path in self.expands[name]]

    def unread(self, selection: Selection) -> list[str]:
        """The relations that nothing of what is shown is made of."""
        if selection.fields is None:
            return []
        wanted = selection.fields | selection.expand
        return [name for name, shown in self.parts.items() if wanted.isdisjoint(shown)]


def _names(given: str, known: "Mapping[str, Any] | tuple[str, ...]", what: str) -> frozenset[str]:
    asked = frozenset(given.split(","))
    if not asked <= frozenset(known):
        raise UnknownFilterError(f"There is no such {what} here.", extra={"known": sorted(known)})
    return asked
