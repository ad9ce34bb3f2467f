"""Single resources as they are read: the part asked for, its ETag, and 304 for what is known."""

from collections.abc import Callable
from typing import Protocol

from django.db.models import prefetch_related_objects
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.policy import entity_tag
from apps.gateway.rest.conditions import has_seen
from apps.gateway.rest.fieldsets import Body, Fieldset


class Revised(Protocol):
    """A resource whose ``revision`` counts whatever changes what is shown of it."""

    revision: int

    @property
    def public_id(self) -> str: ...


def detail_response(
    request: Request,
    fieldset: Fieldset,
    resource: Revised,
    render: Callable[..., Body],
    *,
    revalidates: bool = True,
) -> Response:
    """The resource with its ETag, or 304 when If-None-Match names it (RFC 9110 section 13.1.2).

    What is expanded has a revision of its own, so then the whole is always sent; and to a caller
    who does not revalidate, for others know the same revision with less in it.
    """
    selection = fieldset.selection(request)
    tag = _tag(resource)
    if revalidates and not selection.expand and has_seen(request, tag):
        return Response(status=304, headers={"ETag": tag})
    if related := fieldset.relations(selection):
        prefetch_related_objects([resource], *related)  # type: ignore[type-var]  # it is a model too
    return Response(selection.body(render, resource), headers={"ETag": tag})


def _tag(resource: Revised) -> str:
    return entity_tag(resource.public_id, resource.revision)
