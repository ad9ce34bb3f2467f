"""The base of every API view: strict bodies and queries, and answers nobody else may keep."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.gateway.errors import MalformedRequestError, UnknownFilterError
from apps.gateway.rest.answers import add_what_was_said
from apps.gateway.rest.fieldsets import Fieldset
from apps.gateway.rest.listing import Listing
from apps.gateway.rest.parameters import Parameter
from apps.gateway.rest.parsers import NUL, MergePatchParser, StrictJSONParser
from apps.gateway.rest.versions import is_versioned, require_our_version


class AnyScopes(tuple[str, ...]):
    """No scope is needed, and that is meant: any credential that counts will do."""

    __slots__ = ()


ANY_SCOPES = AnyScopes()


class ApiView(APIView):
    """What a view declares is what its description says (apps.gateway.formats).

    ``required_scopes``: by method, all of them needed; where the body decides which of them, the
    view says ``scopes_are_alternatives`` and looks itself. ``listing`` or ``fieldset``: what GET
    shows, from which its query parameters follow; ``query_parameters`` are those beside them, and
    anything else in a query is refused. ``repeatable`` and ``conditional``: POST carries
    Idempotency-Key, If-Match; PATCH and DELETE always carry If-Match. ``revalidated``: GET knows
    If-None-Match, as it does with a fieldset unless it says no.
    ``problem_codes``: by method, beyond what follows from the rest. ``at`` is the request's time.
    """

    http_method_names = ["get", "head", "post", "patch", "delete"]
    parser_classes = (StrictJSONParser,)
    required_scopes: ClassVar[dict[str, tuple[str, ...]]]
    scopes_are_alternatives: ClassVar[bool] = False
    listing: ClassVar[Listing | None] = None
    fieldset: ClassVar[Fieldset | None] = None
    query_parameters: ClassVar[Mapping[str, Parameter]] = {}
    repeatable: ClassVar[bool] = False
    conditional: ClassVar[bool] = False
    revalidated: ClassVar[bool | None] = None
    cache_control: ClassVar[str] = "private, no-store"
    problem_codes: ClassVar[dict[str, tuple[str, ...]]] = {}
    at: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- DRF's signature
        super().initial(request, *args, **kwargs)
        self.at = timezone.now()
        if is_versioned(request):
            require_our_version(request.META.get("HTTP_API_VERSION", ""))
        self._check_query(request)

    def get_parsers(self) -> list[BaseParser]:
        """Only PATCH takes merge patches."""
        parsers = super().get_parsers()
        changes = getattr(self.request, "method", None) == "PATCH"  # None while it is described.
        return [MergePatchParser(), *parsers] if changes else parsers

    def finalize_response(
        self,
        request: Request,
        response: Response,
        *args: Any,  # noqa: ANN401 -- DRF's signature
        **kwargs: Any,  # noqa: ANN401 -- DRF's signature
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        refused = getattr(final, "exception", False)
        final["Cache-Control"] = "private, no-store" if refused else self.cache_control
        final["Vary"] = "Authorization"
        add_what_was_said(request, final)
        return final

    @classmethod
    def understood(cls) -> Mapping[str, Parameter]:
        """What the query of a GET may hold."""
        shown = cls.listing or cls.fieldset
        return {**(shown.parameters if shown else {}), **cls.query_parameters}

    def _check_query(self, request: Request) -> None:
        known = self.understood() if request.method in {"GET", "HEAD"} else {}
        for name, values in request.query_params.lists():
            if name not in known:
                raise UnknownFilterError(
                    "The query has a parameter that does not exist here.",
                    extra={"known": sorted(known)},
                )
            if len(values) > 1 or NUL in values[0]:
                raise MalformedRequestError(f"{name} must stand once in the query, as plain text.")
