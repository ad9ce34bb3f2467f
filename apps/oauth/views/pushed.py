"""The pushed authorization request endpoint (RFC 9126)."""

import json
from dataclasses import asdict, replace

from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2.rfc6749 import errors

from apps.oauth.errors import InvalidRequestError, UnauthorizedClientError
from apps.oauth.models.clients import GrantType
from apps.oauth.services.authentication import authenticate_client
from apps.oauth.services.dpop import check_early
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.pushed import push_request
from apps.oauth.services.terms import pushed_key
from apps.oauth.views.checking import check_request
from apps.oauth.views.endpoints import FormEndpoint, oauth_answer


class PushedRequestView(FormEndpoint):
    """RFC 9126 section 2: the client proves itself, then the request is checked as at the
    authorization endpoint, and kept.
    """

    def answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        del request
        check_early(exchange)
        client = authenticate_client(exchange).client
        if "request_uri" in exchange.parameters:  # RFC 9126 section 2.1.
            raise InvalidRequestError("A pushed request cannot point to another.")
        if not client.allows_grant_type(GrantType.AUTHORIZATION_CODE):
            raise UnauthorizedClientError("The client does not use authorization codes.")
        exchange.parameters["client_id"] = client.client_id
        jkt = pushed_key(exchange)
        if jkt:
            exchange.parameters["dpop_jkt"] = jkt
        _check(exchange)
        pairs = [*exchange.parameters.items(), *(("resource", one) for one in exchange.resources)]
        pushed = push_request(
            client=client, parameters=pairs, origin=exchange.origin, at=exchange.at
        )
        return oauth_answer(json.dumps(asdict(pushed)), 201)


def _check(exchange: Exchange) -> None:
    """On a copy: the check reads the client again, as at the authorization endpoint."""
    try:
        check_request(replace(exchange))
    except errors.FatalClientError as error:
        # Nothing is redirected here, so each is an answer like any other (section 2.3).
        raise InvalidRequestError(str(error.description or error.error)) from error
