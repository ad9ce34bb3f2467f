"""Cursors: where a caller stands in a list, signed, and good for that list only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.core import signing
from django.core.exceptions import ValidationError
from rest_framework.request import Request

from apps.core.actor import Actor
from apps.gateway.errors import CursorInvalidError
from apps.gateway.rest.origin import actor_of
from apps.gateway.rest.sorting import Column
from apps.gateway.services import Signal

SALT = "countersign.cursor"
FOREIGN = {"signal": str(Signal.ANOTHERS_CURSOR)}
# What may change from page to page: it does not decide which rows the list has, or their order.
FREE = frozenset({"cursor", "limit", "fields", "expand", "count", "reason"})


@dataclass(frozen=True)
class Position:
    """Just after the row with these sort values, or just before it when ``backwards``."""

    values: tuple[Any, ...]
    backwards: bool


class Binding(NamedTuple):
    """Who reads what, in which order: a cursor leads on only in the list it came from."""

    caller: str
    question: str


def cursor_binding(request: Request) -> Binding:
    asked = sorted(item for item in request.query_params.items() if item[0] not in FREE)
    return Binding(_digest(_caller(actor_of(request))), _digest((request.path, asked)))


def _caller(actor: Actor) -> str:
    return f"{actor.client_id} {actor.partner_id} {actor.user_id or actor.id}"


def _digest(said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def write_cursor(values: Sequence[Any], binding: Binding, *, backwards: bool) -> str:
    written = [_written(value) for value in values]
    return signing.dumps([written, backwards, *binding], salt=SALT)


def _written(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def read_cursor(cursor: str, columns: Sequence[Column], binding: Binding) -> Position:
    """Raises CursorInvalidError for a cursor that was altered or belongs elsewhere. The trail hears
    of one that was given to another caller: we signed it, so it was not made up.
    """
    try:
        written, backwards, *bound_to = signing.loads(cursor, salt=SALT)
        given = Binding(*bound_to)
        _require_own(given, binding)
        values = tuple(column.read(value) for column, value in zip(columns, written, strict=True))
    except (signing.BadSignature, ValidationError, ValueError, TypeError) as error:
        raise CursorInvalidError("Use a cursor as it was given.") from error
    return Position(values, backwards)


def _require_own(given: Binding, binding: Binding) -> None:
    if given != binding:
        raise CursorInvalidError(
            "The cursor was given for another list, filter or caller.",
            private=FOREIGN if given.caller != binding.caller else {},
        )
