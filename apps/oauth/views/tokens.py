"""The token, revocation and introspection endpoints."""

import json
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2.rfc6749 import errors

from apps.oauth.policy.requests import for_library
from apps.oauth.selectors import introspect
from apps.oauth.services.authentication import authenticate_client
from apps.oauth.services.dpop import check_early
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.introspection import sign_introspection
from apps.oauth.views.endpoints import (
    NO_STORE,
    FormEndpoint,
    LibraryAnswer,
    from_library,
    make_server,
    oauth_answer,
)

INTROSPECTION_JWT = "application/token-introspection+jwt"


class TokenView(FormEndpoint):
    """RFC 6749 section 3.2."""

    def answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        del request
        check_early(exchange)
        result = make_server(exchange).create_token_response(
            f"{settings.PUBLIC_URL}/oauth/token", "POST", for_library(exchange.parameters)
        )
        return from_library(_granted(result))


def _granted(result: LibraryAnswer) -> LibraryAnswer:
    """The library answers some faults and raises others; raise them all."""
    _, body, status = result
    if status >= HTTPStatus.BAD_REQUEST:
        fault = json.loads(body)
        raise errors.CustomOAuth2Error(
            fault["error"], description=fault.get("error_description"), status_code=status
        )
    return result


class RevocationView(FormEndpoint):
    """RFC 7009."""

    def answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        del request
        result = make_server(exchange).create_revocation_response(
            f"{settings.PUBLIC_URL}/oauth/revoke", "POST", for_library(exchange.parameters)
        )
        return from_library(_granted(result))


class IntrospectionView(FormEndpoint):
    """RFC 7662, for registered resource servers and their own audience alone; signed for those
    who ask so (RFC 9701).
    """

    def answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        client = authenticate_client(exchange).client
        if client.is_public:  # RFC 7662 section 2.1: callers prove themselves.
            raise errors.InvalidClientError
        token = exchange.parameters.get("token")
        if not token:
            raise errors.InvalidRequestError("Missing token parameter.")
        found = introspect(client=client, token=token, at=exchange.at)
        if INTROSPECTION_JWT in request.headers.get("Accept", ""):
            signed = sign_introspection(found, client=client, at=exchange.at)
            return HttpResponse(signed, content_type=INTROSPECTION_JWT, headers=NO_STORE)
        return oauth_answer(json.dumps(found), 200)
