"""Resources that come from the database as the JSON text they are shown as, whole."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse, HttpResponseNotModified
from rest_framework.request import Request

from apps.gateway.policy import entity_tag
from apps.gateway.rest.conditions import has_seen
from apps.gateway.rest.fieldsets import ALL, Body
from apps.gateway.rest.listing import Listing, linked, list_response, read_rows

Row = TypeVar("Row", bound=Model)
Read = TypeVar("Read")
JSON = "application/json"


@dataclass(frozen=True)
class Documents(Generic[Row, Read]):
    """``rows`` turns a query of models into one of named rows, which have what the list is sorted
    by; ``text`` writes one of them.
    """

    rows: Callable[[QuerySet[Row]], QuerySet[Row, Read]]
    text: Callable[[Read], str]


def document_response(
    request: Request, text: Callable[[], str], *, public_id: str, revision: int
) -> HttpResponse:
    """A single resource with its ETag, or 304 when If-None-Match names it."""
    tag = entity_tag(public_id, revision)
    if has_seen(request, tag):
        return HttpResponseNotModified(headers={"ETag": tag})
    return HttpResponse(text(), content_type=JSON, headers={"ETag": tag})


def document_list_response(
    request: Request,
    listing: Listing,
    rows: QuerySet[Row],
    documents: Documents[Row, Read],
    render: Callable[..., Body],
) -> HttpResponse:
    """The same answer as list_response, from documents where nobody asks for less or more than
    the whole of each. Raises as that does.
    """
    if listing.selection(request) is not ALL:
        return list_response(request, listing, rows, render)
    found, told = read_rows(request, listing, rows, documents.rows)
    text = ",".join(map(documents.text, found))
    page = json.dumps(told, separators=(",", ":"))
    answer = HttpResponse(f'{{"data":[{text}],"page":{page}}}', content_type=JSON)
    return linked(request, answer, told)
