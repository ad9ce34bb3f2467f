"""The base of every API view: strict bodies and queries, and answers nobody may keep."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.errors import MalformedRequestError, UnknownFilterError
from apps.gateway.rest.answers import add_what_was_said
from apps.gateway.rest.parsers import NUL, StrictJSONParser


class ApiView(APIView):
    """What a view declares is what its description says (apps.gateway.formats).

    ``required_scopes``: by method, all of them needed. ``query_parameters``: what GET understands,
    with a sentence each; anything else in a query is refused. ``repeatable`` and ``conditional``:
    POST carries Idempotency-Key, If-Match. ``problem_codes``: by method, beyond what follows from
    the rest. ``at`` is the request's time.
    """

    http_method_names = ["get", "head", "post"]
    parser_classes = (StrictJSONParser,)
    required_scopes: ClassVar[dict[str, tuple[str, ...]]]
    query_parameters: ClassVar[dict[str, str]] = {}
    repeatable: ClassVar[bool] = False
    conditional: ClassVar[bool] = False
    problem_codes: ClassVar[dict[str, tuple[str, ...]]] = {}
    at: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- DRF's signature
        super().initial(request, *args, **kwargs)
        self.at = timezone.now()
        self._check_query(request)

    def finalize_response(
        self,
        request: Request,
        response: Response,
        *args: Any,  # noqa: ANN401 -- DRF's signature
        **kwargs: Any,  # noqa: ANN401 -- DRF's signature
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final["Cache-Control"] = "private, no-store"
        final["Vary"] = "Authorization"
        add_what_was_said(request, final)
        return final

    def _check_query(self, request: Request) -> None:
        known = self.query_parameters if request.method in {"GET", "HEAD"} else {}
        for name, values in request.query_params.lists():
            if name not in known:
                raise UnknownFilterError(
                    "The query has a parameter that does not exist here.",
                    extra={"known": sorted(known)},
                )
            if len(values) > 1 or NUL in values[0]:
                raise MalformedRequestError(f"{name} must stand once in the query, as plain text.")
