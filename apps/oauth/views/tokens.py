"""The token, revocation and introspection endpoints."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from apps.oauth.selectors import introspect
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.refusals import record_refusal
from apps.oauth.views.endpoints import (
    FormEndpoint,
    Server,
    from_library,
    library_headers,
    oauth_answer,
)


class TokenView(FormEndpoint):
    """RFC 6749 section 3.2."""

    def answer(
        self, request: HttpRequest, form: str, exchange: Exchange, server: Server
    ) -> HttpResponse:
        try:
            result = server.create_token_response(
                f"{settings.PUBLIC_URL}/oauth/token", "POST", form, library_headers(request)
            )
        except errors.OAuth2Error as error:
            result = ({}, error.json, error.status_code)
        if result[2] >= 400 and exchange.auth_method and exchange.client:  # noqa: PLR2004 -- any refusal
            record_refusal(
                client=exchange.client.client,
                code=json.loads(result[1])["error"],
                origin=exchange.origin,
                at=exchange.at,
            )
        return from_library(result)


class RevocationView(FormEndpoint):
    """RFC 7009."""

    def answer(
        self, request: HttpRequest, form: str, exchange: Exchange, server: Server
    ) -> HttpResponse:
        del exchange
        result = server.create_revocation_response(
            f"{settings.PUBLIC_URL}/oauth/revoke", "POST", form, library_headers(request)
        )
        return from_library(result)


class IntrospectionView(FormEndpoint):
    """RFC 7662, for registered resource servers and their own audience alone."""

    def answer(
        self, request: HttpRequest, form: str, exchange: Exchange, server: Server
    ) -> HttpResponse:
        asked = Request("", "POST", form, library_headers(request))
        known = server.request_validator.authenticate_client(asked)
        if not known or asked.client.is_public:  # RFC 7662 section 2.1: callers prove themselves.
            raise errors.InvalidClientError
        if not asked.token:
            raise errors.InvalidRequestError("Missing token parameter.")
        found = introspect(client=asked.client, token=asked.token, at=exchange.at)
        return oauth_answer(json.dumps(found), 200)
