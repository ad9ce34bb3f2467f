"""Code lists: most are the same for everybody, and to be kept; categories are the buyer's."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import NotFoundError
from apps.gateway.rest import actor_of, has_seen
from apps.gateway.rest.views import ANY_SCOPES, ApiView
from apps.procurement.formats.callers import category_body
from apps.procurement.policy.codelists import CODELISTS
from apps.procurement.rest.platform import LISTED_CATEGORIES, CodelistBody
from apps.projects.selectors import categories_of

NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, enum=list(CODELISTS))


class CodelistDetail(ApiView):
    required_scopes: ClassVar = {"GET": ANY_SCOPES}
    revalidated = True
    cache_control = "private, max-age=86400"

    @extend_schema(
        responses=CodelistBody,
        operation_id="get_codelist",
        parameters=[NAME],
        summary="Read a code list",
    )
    def get(self, request: Request, name: str) -> Response:
        codelist = CODELISTS.get(name)
        if codelist is None:
            raise NotFoundError(f"There are {', '.join(CODELISTS)}.")
        tag = f'"{name}.{codelist.digest}"'
        if has_seen(request, tag):
            return Response(status=304, headers={"ETag": tag})
        return Response(
            {"source": codelist.source, "data": codelist.entries}, headers={"ETag": tag}
        )


class CategoryList(ApiView):
    """The buyer's own codes, as they are at this moment."""

    required_scopes: ClassVar = {"GET": ANY_SCOPES}

    @extend_schema(
        responses={200: LISTED_CATEGORIES},
        operation_id="get_categories",
        summary="Read the categories of your projects' buyers",
    )
    def get(self, request: Request) -> Response:
        listed = categories_of(actor_of(request).open_projects)
        return Response({"source": "The buyer", "data": [category_body(row) for row in listed]})
