"""What the endpoints that clients post forms to have in common."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
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


def error_answer(error: errors.OAuth2Error) -> HttpResponse:
    """The library's error as an answer."""
    return oauth_answer(error.json, error.status_code)


def challenged(answer: HttpResponse) -> HttpResponse:
    """Every 401 names the scheme a client may authenticate with (RFC 9110 section 15.5.2)."""
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
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
            return challenged(self.answer(request, form, exchange, server))
        except errors.OAuth2Error as error:
            return challenged(error_answer(error))

    def answer(
        self, request: HttpRequest, form: str, exchange: Exchange, server: Server
    ) -> HttpResponse:
        raise NotImplementedError

    def _form(self, request: HttpRequest) -> str:
        if request.META.get("QUERY_STRING"):
            raise MalformedRequestError("Parameters belong in the body.")
        if request.content_type != FORM:
            raise MalformedRequestError(f"The body must be {FORM}.")
        return urlencode(check_parameters(parse_parameters(short_body(request))))


def short_body(request: HttpRequest) -> bytes:
    """The body, unless it says or turns out to be too long. Raises MalformedRequestError."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    if not said.isdigit() or int(said) > MAX_BODY_BYTES:
        raise MalformedRequestError("The body is too long.")
    try:
        return request.body
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise MalformedRequestError("The body cannot be read.") from error


def library_headers(request: HttpRequest) -> dict[str, str]:
    """The one header the library may see."""
    found = request.headers.get("Authorization")
    return {"Authorization": found, "Content-Type": FORM} if found else {"Content-Type": FORM}


def from_library(answer: tuple[dict[str, Any], str, int]) -> HttpResponse:
    """The library's answer, without its Bearer challenge for clients."""
    headers, body, status = answer
    response = oauth_answer(body or "", status, headers)
    del response["WWW-Authenticate"]
    return response
