"""Pages by a signed cursor: stable while rows are added, of equal cost however deep."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.gateway.errors import CursorInvalidError, MalformedRequestError
from apps.gateway.rest.origin import actor_of

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
PAGING = {
    "cursor": "Where to go on, from `page.next` or `page.prev` of this very list.",
    "limit": f"How many items, 1 to {MAX_LIMIT}; {DEFAULT_LIMIT} when left out.",
}
SALT = "countersign.cursor"
Row = TypeVar("Row", bound=Model)


class PageBody(serializers.Serializer[Any]):
    """`next` and `prev` are cursors of this list, null where it ends."""

    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


@dataclass(frozen=True)
class Position:
    """Just after the row with this key, or just before it when ``backwards``."""

    key: Any
    backwards: bool


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    before: bool
    after: bool


def page_response(
    request: Request, rows: QuerySet[Row], render: Callable[[Row], dict[str, Any]]
) -> Response:
    """A page of the rows, newest first by primary key, with cursors in the body and in Link.

    Raises CursorInvalidError for a cursor of another caller, path or filter.
    """
    binding = _binding(request)
    page = _read(rows, _position(request, rows, binding), _limit(request))
    cursors = {
        "next": _cursor(page.rows[-1].pk, False, binding) if page.after else None,
        "prev": _cursor(page.rows[0].pk, True, binding) if page.before else None,
    }
    response = Response(
        {
            "data": [render(row) for row in page.rows],
            "page": {**cursors, "has_more": page.after},
        }
    )
    links = [
        f'<{_address(request, cursor)}>; rel="{name}"' for name, cursor in cursors.items() if cursor
    ]
    if links:
        response["Link"] = ", ".join(links)
    return response


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", str(DEFAULT_LIMIT))
    digits = given.lstrip("0")
    short = len(digits) <= len(str(MAX_LIMIT))  # Python refuses to read thousands of digits.
    if digits.isascii() and digits.isdigit() and short and int(digits) <= MAX_LIMIT:
        return int(digits)
    raise MalformedRequestError(f"limit must be a whole number from 1 to {MAX_LIMIT}.")


def _read(rows: QuerySet[Row], position: Position | None, limit: int) -> Page[Row]:
    """One row more than asked for tells whether there is another page."""
    if position is None:
        found = list(rows.order_by("-pk")[: limit + 1])
        return Page(found[:limit], before=False, after=len(found) > limit)
    if position.backwards:
        found = list(rows.filter(pk__gt=position.key).order_by("pk")[: limit + 1])
        page = found[:limit][::-1]
        return Page(page, before=len(found) > limit, after=bool(page))
    found = list(rows.filter(pk__lt=position.key).order_by("-pk")[: limit + 1])
    return Page(found[:limit], before=bool(found), after=len(found) > limit)


def _caller(actor: Actor) -> str:
    return f"{actor.client_id} {actor.partner_id} {actor.user_id or actor.id}"


def _binding(request: Request) -> str:
    """Who reads what: a cursor leads on only in the list it came from."""
    filters = sorted(item for item in request.query_params.items() if item[0] not in PAGING)
    said = repr((_caller(actor_of(request)), request.path, filters))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _cursor(key: object, backwards: bool, binding: str) -> str:  # noqa: FBT001 -- private, two call sites
    return signing.dumps([str(key), backwards, binding], salt=SALT)


def _position(request: Request, rows: QuerySet[Row], binding: str) -> Position | None:
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return None
    try:
        key, backwards, bound_to = signing.loads(cursor, salt=SALT)
    except signing.BadSignature as error:
        raise CursorInvalidError("Use a cursor as it was given.") from error
    if bound_to != binding:
        raise CursorInvalidError("The cursor was given for another list, filter or caller.")
    return Position(rows.model._meta.pk.to_python(key), backwards)  # noqa: SLF001 -- Django's documented name


def _address(request: Request, cursor: str) -> str:
    query = {**request.query_params.dict(), "cursor": cursor}
    return f"{request.path}?{urlencode(query)}"
