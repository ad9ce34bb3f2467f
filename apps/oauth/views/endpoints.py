"""What the endpoints that clients post forms to have in common."""

import json
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.settings import oauth2_settings
from oauthlib.oauth2.rfc6749 import errors

from apps.core.errors import DomainError
from apps.gateway.rest import origin_of
from apps.oauth.policy.requests import (
    MAX_BODY_BYTES,
    MalformedRequestError,
    Parameters,
    audiences,
    check_parameters,
    parse_parameters,
    resources,
    single,
)
from apps.oauth.services.dpop import fresh_nonce
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.refusals import record_refusal
from apps.oauth.views.descriptions import described

log = structlog.get_logger("countersign.oauth")
FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


Server = Any  # The library's, configured with ours; it has no types.
LibraryAnswer = tuple[dict[str, Any], str, int]


def make_server(exchange: Exchange) -> Server:
    """The server and validator the settings name, for this one request."""
    validator = oauth2_settings.OAUTH2_VALIDATOR_CLASS(exchange)
    return oauth2_settings.OAUTH2_SERVER_CLASS(validator)


def exchange_of(request: HttpRequest, pairs: Parameters) -> Exchange:
    """The request with the parameters it was found to have."""
    proof = request.headers.get("DPoP")
    return Exchange(
        at=timezone.now(),
        origin=origin_of(request),
        method=request.method or "",
        path=request.path,
        parameters=single(pairs),
        resources=resources(pairs),
        audiences=audiences(pairs),
        authorization=request.headers.get("Authorization", ""),
        api_key=request.headers.get("X-API-Key", ""),
        dpop_proof=[] if proof is None else [proof],
    )


def oauth_answer(body: str, status: int) -> HttpResponse:
    """JSON that nobody keeps (RFC 6749 section 5.1)."""
    answer = HttpResponse(body, status=status, content_type="application/json", headers=NO_STORE)
    answer._csp_exempt = True  # type: ignore[attr-defined]  # noqa: SLF001 -- django-csp's documented attribute; no page, nothing to protect
    return answer


def oauth_error(code: str, description: str, status: int = 400) -> HttpResponse:
    """RFC 6749 section 5.2."""
    return oauth_answer(json.dumps({"error": code, "error_description": description}), status)


def error_answer(error: errors.OAuth2Error | DomainError) -> HttpResponse:
    """The library's error, or ours, as an answer."""
    if isinstance(error, errors.OAuth2Error):
        answer = oauth_answer(described(error).json, error.status_code)
    else:
        answer = oauth_error(error.code, str(error), error.status)
    wait = getattr(error, "retry_after", None)
    if wait is not None:
        answer["Retry-After"] = str(wait)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        # Every 401 names the scheme a client may authenticate with (RFC 9110 section 15.5.2).
        answer["WWW-Authenticate"] = 'Basic realm="countersign", charset="UTF-8"'
    return answer


@method_decorator(csrf_exempt, name="dispatch")
class FormEndpoint(View):
    """POST of a form, strictly read; subclasses see known parameters only."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            exchange = exchange_of(request, read_form(request))
        except MalformedRequestError as error:
            return oauth_error("invalid_request", str(error))
        try:
            answer = self.answer(request, exchange)
        except (errors.OAuth2Error, DomainError) as error:
            _record(error, exchange)
            answer = error_answer(error)
        except (OperationalError, InterfaceError):
            log.exception("oauth.unavailable")
            answer = oauth_error("temporarily_unavailable", "Try again in a few seconds.", 503)
            answer["Retry-After"] = "5"
        # CORS looks here whose request it was (policy/cors.py).
        request.oauth_client = exchange.client.client if exchange.client else None  # type: ignore[attr-defined]  # ours
        if exchange.dpop_proof:
            answer["DPoP-Nonce"] = fresh_nonce(exchange.at)  # RFC 9449 section 8.2.
        return answer

    def answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        """Raises the library's OAuth2Error, or ours."""
        raise NotImplementedError


def _record(error: errors.OAuth2Error | DomainError, exchange: Exchange) -> None:
    """A client that had named itself was refused."""
    if exchange.auth_method and exchange.client:
        code = error.error if isinstance(error, errors.OAuth2Error) else error.code
        record_refusal(
            client=exchange.client.client,
            code=code,
            endpoint=exchange.path,
            origin=exchange.origin,
            at=exchange.at,
            reason=getattr(error, "hint", ""),
        )


def read_form(request: HttpRequest) -> Parameters:
    """The body's parameters. Raises MalformedRequestError."""
    if request.META.get("QUERY_STRING"):
        raise MalformedRequestError("Parameters belong in the body.")
    if request.content_type != FORM:
        raise MalformedRequestError(f"The body must be {FORM}.")
    return check_parameters(parse_parameters(_short_body(request)))


def _short_body(request: HttpRequest) -> bytes:
    """The body, unless it says or turns out to be too long. Raises MalformedRequestError."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    if not said.isdigit() or int(said) > MAX_BODY_BYTES:
        raise MalformedRequestError("The body is too long.")
    try:
        return request.body
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise MalformedRequestError("The body cannot be read.") from error


def from_library(answer: LibraryAnswer) -> HttpResponse:
    """The library's answer; of its headers none is ours."""
    _, body, status = answer
    return oauth_answer(body or "", status)
