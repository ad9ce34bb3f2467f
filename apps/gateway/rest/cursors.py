"""Cursors: where a caller stands in a list, signed, and good for that list only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from rest_framework.request import Request

from apps.core.actor import Actor
from apps.gateway.errors import CursorInvalidError
from apps.gateway.rest.origin import actor_of
from apps.gateway.rest.sorting import Column

SALT = "countersign.cursor"
# What may change from page to page: it does not decide which rows the list has, or their order.
FREE = frozenset({"cursor", "limit", "fields", "expand", "count"})


@dataclass(frozen=True)
class Position:
    """Just after the row with these sort values, or just before it when ``backwards``."""

    values: tuple[Any, ...]
    backwards: bool


def cursor_binding(request: Request) -> str:
    """Who reads what, in which order: a cursor leads on only in the list it came from."""
    asked = sorted(item for item in request.query_params.items() if item[0] not in FREE)
    said = repr((_caller(actor_of(request)), request.path, asked))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _caller(actor: Actor) -> str:
    return f"{actor.client_id} {actor.partner_id} {actor.user_id or actor.id}"


def write_cursor(values: Sequence[Any], binding: str, *, backwards: bool) -> str:
    written = [_written(value) for value in values]
    return signing.dumps([written, backwards, binding], salt=SALT)


def _written(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def read_cursor(cursor: str, columns: Sequence[Column], binding: str) -> Position:
    """Raises CursorInvalidError for a cursor that was altered or belongs elsewhere."""
    try:
        written, backwards, bound_to = signing.loads(cursor, salt=SALT)
        values = tuple(column.read(value) for column, value in zip(columns, written, strict=True))
    except (signing.BadSignature, ValidationError, ValueError) as error:
        raise CursorInvalidError("Use a cursor as it was given.") from error
    if bound_to != binding:
        raise CursorInvalidError("The cursor was given for another list, filter or caller.")
    return Position(values, backwards)
