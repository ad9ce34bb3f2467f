"""Lists: what a view lets its callers filter, sort and choose, and the page they get (reference
4b). A view declares a Listing; its query parameters and their description follow from it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.errors import (
    ClaimNotPermittedError,
    MalformedRequestError,
    UnknownFilterError,
)
from apps.gateway.rest.counting import estimate_count
from apps.gateway.rest.cursors import Binding, cursor_binding, read_cursor, write_cursor
from apps.gateway.rest.fieldsets import Body, Fieldset
from apps.gateway.rest.filters import Filter
from apps.gateway.rest.foreign import tell_of_foreign_ids
from apps.gateway.rest.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, page_limit, read_page
from apps.gateway.rest.parameters import Parameter, names_of
from apps.gateway.rest.parts import without_parts
from apps.gateway.rest.sorting import Column, column

Row = TypeVar("Row", bound=Model)
Read = TypeVar("Read")
Answer = TypeVar("Answer", bound=HttpResponse)
NEWEST_FIRST = "-id"
LIMITS = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
PAGING = {
    "cursor": Parameter("Where to go on: `page.next` or `page.prev` of this very list."),
    "limit": Parameter("How many items.", LIMITS),
    "count": Parameter("Adds `page.count_estimate`.", {"type": "string", "enum": ["estimate"]}),
}


@dataclass(frozen=True)
class Sort:
    """A column rows may be sorted by. Who may not see ``claim_group`` may not sort by it."""

    path: str
    claim_group: str = ""


@dataclass(frozen=True)
class Listing(Fieldset):
    """A list. ``filters`` and ``sorts`` map public names to kinds of filters and ORM paths; `id`
    can always be sorted by, and settles what the other columns leave open.
    """

    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, str | Sort] = field(default_factory=dict)
    default_sort: str = NEWEST_FIRST

    @cached_property
    def conditions(self) -> dict[str, tuple[Filter, str]]:
        """By query parameter: the filter and the operator. Without one, a list of values."""
        found = {}
        for name, kind in self.filters.items():
            plain = "in" if "in" in kind.operators else "eq"
            found[f"filter[{name}]"] = (kind, plain)
            for operator in kind.operators:
                found[f"filter[{name}][{operator}]"] = (kind, operator)
        return found

    @cached_property
    def sortable(self) -> dict[str, Sort]:
        named = {
            name: sort if isinstance(sort, Sort) else Sort(sort)
            for name, sort in self.sorts.items()
        }
        return {"id": Sort("pk"), **named}

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        columns = [f"{sign}{name}" for name in self.sortable for sign in ("", "-")]
        order = f"Most important first; `{self.default_sort}` when left out."
        return {
            **PAGING,
            "sort": Parameter(order, names_of(columns)),
            **super().parameters,
            **{name: kind.parameter(how) for name, (kind, how) in self.conditions.items()},
        }

    def narrowing(self, request: Request, claims: Collection[str]) -> Q:
        """What the query's filters say, all of it together. Raises ClaimNotPermittedError and
        MalformedRequestError.
        """
        narrowed = Q()
        for name in sorted(self.conditions.keys() & request.query_params.keys()):
            kind, operator = self.conditions[name]
            given = request.query_params.get(name, "")
            _require(kind.claim_group, claims)
            try:
                narrowed &= kind.condition(operator, given)
            except ValueError as error:
                raise MalformedRequestError(f"{name} {error}.") from error
        return narrowed

    def claims_used(self, request: Request) -> set[str]:
        """The claim groups by which the answer was narrowed or ordered, which tells of them also
        where nothing of them is shown. Wants a query that was read.
        """
        query = request.query_params
        names = {name.removeprefix("-") for name in query.get("sort", "").split(",")}
        asked = [
            *(kind.claim_group for name, (kind, _) in self.conditions.items() if name in query),
            *(sort.claim_group for name, sort in self.sortable.items() if name in names),
        ]
        return {group for group in asked if group}

    def columns(
        self, request: Request, model: type[Model], claims: Collection[str]
    ) -> list[Column]:
        """Raises ClaimNotPermittedError, MalformedRequestError and UnknownFilterError."""
        wanted = request.query_params.get("sort", self.default_sort).split(",")
        names = [name.removeprefix("-") for name in wanted]
        if not set(names) <= self.sortable.keys():
            raise UnknownFilterError(
                "There is no such column to sort by.", extra={"known": sorted(self.sortable)}
            )
        if len(set(names)) < len(names):
            raise MalformedRequestError("sort names a column twice.")
        found = []
        for name, said in zip(names, wanted, strict=True):
            sort = self.sortable[name]
            _require(sort.claim_group, claims)
            found.append(column(model, sort.path, descending=said.startswith("-")))
        if "id" not in names:
            found.append(column(model, "pk", descending=found[-1].descending))
        return found


def _require(group: str, claims: Collection[str]) -> None:
    if group and group not in claims:
        raise ClaimNotPermittedError(f"You may not see what is {group}, so nor look for it.")


def list_response(
    request: Request,
    listing: Listing,
    rows: QuerySet[Row],
    render: Callable[..., Body],
    *,
    claims: Collection[str] = (),
) -> Response:
    """A page of the rows, with cursors in the body and in Link.

    ``rows`` are those the caller may see at all, ``claims`` the claim groups they may see. Rows
    that come in while somebody pages neither hide nor repeat any that were there. Raises
    CursorInvalidError for a cursor of another caller, path, filter or sort.
    """
    selection = listing.selection(request)
    relations = listing.relations(selection)
    narrowed = without_parts(rows, listing.unread(selection))
    found, told = read_rows(
        request,
        listing,
        narrowed,
        lambda wanted: wanted.prefetch_related(*relations),
        claims=claims,
    )
    data = [selection.body(render, row) for row in found]
    return linked(request, Response({"data": data, "page": told}), told)


def read_rows(
    request: Request,
    listing: Listing,
    rows: QuerySet[Row],
    ready: Callable[[QuerySet[Row]], QuerySet[Row, Read]],
    *,
    claims: Collection[str] = (),
) -> tuple[list[Read], Body]:
    """The page that was asked for, and what is told of it. ``ready`` is applied to the narrowed
    rows, and says as what they are read. Raises as list_response does.
    """
    columns = listing.columns(request, rows.model, claims)
    wanted = rows.filter(listing.narrowing(request, claims))
    binding, cursor = cursor_binding(request), request.query_params.get("cursor")
    page = read_page(
        ready(wanted),
        columns,
        None if cursor is None else read_cursor(cursor, columns, binding),
        page_limit(request),
    )
    if not page.rows:
        tell_of_foreign_ids(request, listing.conditions)
    told: Body = {**_cursors(page, columns, binding), "has_more": page.after}
    if _counts(request):
        told["count_estimate"] = estimate_count(wanted)
    return page.rows, told


def _cursors(page: Page[Any], columns: Sequence[Column], binding: Binding) -> dict[str, str | None]:
    """To the pages after this one and before it, if there are such."""

    def at(row: object, *, backwards: bool) -> str:
        values = [column.value(row) for column in columns]
        return write_cursor(values, binding, backwards=backwards)

    return {
        "next": at(page.rows[-1], backwards=False) if page.after else None,
        "prev": at(page.rows[0], backwards=True) if page.before else None,
    }


def _counts(request: Request) -> bool:
    given = request.query_params.get("count")
    if given not in {None, "estimate"}:
        raise MalformedRequestError("count takes estimate.")
    return given is not None


def linked(request: Request, response: Answer, told: Body) -> Answer:
    """The answer with its cursors in Link."""
    links = [
        f'<{_address(request, told[name])}>; rel="{name}"'
        for name in ("next", "prev")
        if told[name]
    ]
    if links:
        response["Link"] = ", ".join(links)
    return response


def _address(request: Request, cursor: str) -> str:
    query = {**request.query_params.dict(), "cursor": cursor}
    return f"{request.path}?{urlencode(query)}"
