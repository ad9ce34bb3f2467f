"""Rows read without the parts that nobody asked for."""

from collections.abc import Collection
from typing import TypeVar

from django.db.models import Model, Prefetch, QuerySet

Row = TypeVar("Row", bound=Model)


def without_parts(rows: QuerySet[Row], relations: Collection[str]) -> QuerySet[Row]:
    """The rows with these of their relations empty instead of read, whatever else they come with.

    A row is shown by one function, whole; what is not asked for is left out of what it shows.
    """
    if not relations:
        return rows
    kept = [
        lookup
        for lookup in rows._prefetch_related_lookups  # type: ignore[attr-defined]  # noqa: SLF001 -- Django has no name for it
        if _path(lookup).split("__")[0] not in relations
    ]
    empty = [_empty(rows.model, name) for name in relations]
    return rows.prefetch_related(None).prefetch_related(*empty, *kept)


def _path(lookup: "str | Prefetch[str]") -> str:
    return lookup if isinstance(lookup, str) else lookup.prefetch_to


def _empty(model: type[Model], name: str) -> "Prefetch[str]":
    """Django asks nothing of a query that it knows to be empty."""
    related = model._meta.get_field(name).related_model  # noqa: SLF001 -- Django's documented name
    return Prefetch(name, queryset=related._base_manager.none())  # type: ignore[union-attr]  # noqa: SLF001 -- as above
