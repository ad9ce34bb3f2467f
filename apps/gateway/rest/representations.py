"""Answers in more than one form: which one is meant, and those that never change."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest.conditions import has_seen

Renderer = TypeVar("Renderer", bound=BaseRenderer)
FORMAT = "format"


class JoseRenderer(JSONRenderer):
    """A compact JWS (RFC 7515 section 9.2.1). Refusals stay the problems they are."""

    media_type = "application/jose"
    format = "jws"

    def render(
        self,
        data: Any,  # noqa: ANN401 -- DRF's signature
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- DRF's signature
        if isinstance(data, str):
            return data.encode("ascii")
        return super().render(data, accepted_media_type, renderer_context)


class FormatNegotiation(DefaultContentNegotiation):
    """`format=` in the query decides; without it, Accept does. HTTP libraries send an Accept of
    their own making.
    """

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[Renderer],
        format_suffix: str | None = None,
    ) -> tuple[Renderer, str]:
        offered = list(renderers)
        asked = request.query_params.get(FORMAT)
        if asked is None:
            chosen: tuple[Renderer, str] = super().select_renderer(request, offered, format_suffix)
            return chosen
        for renderer in offered:
            if renderer.format == asked:
                return renderer, str(renderer.media_type)
        raise NotAcceptable(
            f"format takes {' or '.join(str(renderer.format) for renderer in offered)}."
        )


def tagged_response(request: Request, tag: str, body: Any) -> Response:  # noqa: ANN401 -- JSON
    """The body with this entity tag, or 304 for who has it (RFC 9110 section 13.1.2)."""
    if has_seen(request, tag):
        return Response(status=304, headers={"ETag": tag})
    return Response(body, headers={"ETag": tag})
