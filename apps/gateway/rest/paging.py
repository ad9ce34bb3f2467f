"""Reads one page of a list: from a position, in an order, one row more than asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from apps.gateway.errors import MalformedRequestError
from apps.gateway.rest.cursors import Position
from apps.gateway.rest.sorting import Column, ordering, ranges_after

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
Row = TypeVar("Row")


class PageBody(serializers.Serializer[Any]):
    """`next` and `prev` are cursors of this list, null where it ends."""

    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()
    count_estimate = serializers.IntegerField(
        min_value=0, required=False, help_text="With `count=estimate`; exact up to 1000."
    )


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    before: bool
    after: bool


def page_limit(request: Request) -> int:
    """Raises MalformedRequestError."""
    given = request.query_params.get("limit", str(DEFAULT_LIMIT))
    digits = given.lstrip("0")
    short = len(digits) <= len(str(MAX_LIMIT))  # Python refuses to read thousands of digits.
    if digits.isascii() and digits.isdigit() and short and int(digits) <= MAX_LIMIT:
        return int(digits)
    raise MalformedRequestError(f"limit must be a whole number from 1 to {MAX_LIMIT}.")


def read_page(
    rows: QuerySet[Any, Row], columns: Sequence[Column], position: Position | None, limit: int
) -> Page[Row]:
    if position is None:
        found = list(rows.order_by(*ordering(columns))[: limit + 1])
        return Page(found[:limit], before=False, after=len(found) > limit)
    if position.backwards:
        turned = [column.turned() for column in columns]
        found = _read_after(rows, turned, position, limit + 1)
        page = found[:limit][::-1]
        return Page(page, before=len(found) > limit, after=bool(page))
    found = _read_after(rows, columns, position, limit + 1)
    return Page(found[:limit], before=bool(found), after=len(found) > limit)


def _read_after(
    rows: QuerySet[Any, Row], columns: Sequence[Column], position: Position, wanted: int
) -> list[Row]:
    found: list[Row] = []
    ordered = rows.order_by(*ordering(columns))
    for after in ranges_after(columns, position.values):
        found += ordered.filter(after)[: wanted - len(found)]
        if len(found) == wanted:
            break
    return found
