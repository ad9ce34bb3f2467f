"""What the endpoints that clients post forms to have in common."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.settings import oauth2_settings
from oauthlib.oauth2.rfc6749 import errors

from apps.gateway.rest import origin_of
from apps.oauth.policy.requests import (
    MAX_BODY_BYTES,
    MalformedRequestError,
    check_parameters,
    parse_parameters,
)
from apps.oauth.services.exchange import Exchange

FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


Server = Any  # The library's, configured with ours; it has no types.


def make_server(exchange: Exchange) -> Server:
    """The server and validator the settings name, for this one request."""
    validator = oauth2_settings.OAUTH2_VALIDATOR_CLASS(exchange)
    return oauth2_settings.OAUTH2_SERVER_CLASS(validator)


def oauth_answer(body: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    """JSON that nobody keeps (RFC 6749 section 5.1)."""
    response = HttpResponse(body, status=status, content_type="application/json")
    for name, value in {**NO_STORE, **(headers or {})}.items():
        if name != "Content-Type":
            response[name] = value
    return response


def oauth_error(code: str, description: str, status: int = 400) -> HttpResponse:
    """RFC 6749 section 5.2."""
    return oauth_answer(json.dumps({"error": code, "error_description": description}), status)


def error_answer(error: errors.OAuth2Error, *, used_basic: bool) -> HttpResponse:
    """The library's error, with the challenge of the scheme the client tried (section 5.2)."""
    if error.error != "invalid_client":
        return oauth_answer(error.json, error.status_code)
    answer = oauth_error("invalid_client", "Client authentication failed.", 401)
    if used_basic:
        answer["WWW-Authenticate"] = 'Basic realm="countersign", charset="UTF-8"'
    return answer


@method_decorator(csrf_exempt, name="dispatch")
class FormEndpoint(View):
    """POST of a form, strictly read; subclasses see known parameters only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            form = self._form(request)
        except MalformedRequestError as error:
            return oauth_error("invalid_request", str(error))
        exchange = Exchange(at=timezone.now(), origin=origin_of(request))
        server = make_server(exchange)
        try:
            return self.answer(request, form, exchange, server)
        except errors.OAuth2Error as error:
            return error_answer(error, used_basic=uses_basic(request))

    def answer(
        self, request: HttpRequest, form: str, exchange: Exchange, server: Server
    ) -> HttpResponse:
        raise NotImplementedError

    def _form(self, request: HttpRequest) -> str:
        if request.META.get("QUERY_STRING"):
            raise MalformedRequestError("Parameters belong in the body.")
        if request.content_type != FORM:
            raise MalformedRequestError(f"The body must be {FORM}.")
        if len(request.body) > MAX_BODY_BYTES:
            raise MalformedRequestError("The body is too long.")
        return urlencode(check_parameters(parse_parameters(request.body)))


def uses_basic(request: HttpRequest) -> bool:
    return "Authorization" in request.headers


def library_headers(request: HttpRequest) -> dict[str, str]:
    """The one header the library may see."""
    found = request.headers.get("Authorization")
    return {"Authorization": found, "Content-Type": FORM} if found else {"Content-Type": FORM}


def from_library(request: HttpRequest, answer: tuple[dict[str, Any], str, int]) -> HttpResponse:
    """The library's answer; a 401 carries the right scheme."""
    headers, body, status = answer
    response = oauth_answer(body or "", status, headers)
    if status == 401:  # noqa: PLR2004 -- the status itself
        del response["WWW-Authenticate"]
        if uses_basic(request):
            response["WWW-Authenticate"] = 'Basic realm="countersign", charset="UTF-8"'
    return response
