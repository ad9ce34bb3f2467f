"""Checking an authorization request, whether it was pushed or comes with the browser."""

from typing import Any

from django.conf import settings
from oauthlib.oauth2.rfc6749 import errors

from apps.core.errors import DomainError
from apps.oauth.errors import InvalidClientError
from apps.oauth.models import Client
from apps.oauth.policy.requests import for_library
from apps.oauth.services.authorization import AuthorizationRequest, read_authorization_request
from apps.oauth.services.exchange import Exchange
from apps.oauth.views.endpoints import Server, make_server


def library_uri(exchange: Exchange) -> str:
    """The request as the library reads it."""
    return f"{settings.PUBLIC_URL}/oauth/authorize?{for_library(exchange.parameters)}"


def check_request(exchange: Exchange, *, pushed: int | None = None) -> AuthorizationRequest:
    """The library's checks, then ours. Raises its FatalClientError for a fault in the client or
    the redirect URI, which nobody is redirected with (RFC 6749 section 4.1.2.1), and its
    OAuth2Error, which knows the redirect URI, for any other.
    """
    server: Server = make_server(exchange)
    scopes, credentials = server.validate_authorization_request(library_uri(exchange))
    try:
        return read_authorization_request(
            parameters=exchange.parameters,
            resources=exchange.resources,
            client=client_of(exchange),
            scopes=list(dict.fromkeys(scopes)),
            at=exchange.at,
            pushed=pushed,
        )
    except DomainError as error:
        raise for_client(error, credentials["redirect_uri"], credentials["state"]) from error


def client_of(exchange: Exchange) -> Client:
    """The client the library found. Raises InvalidClientError when it found none."""
    if exchange.client is None:
        raise InvalidClientError
    return exchange.client.client


def for_client(
    error: DomainError, redirect_uri: str, state: str | None
) -> errors.CustomOAuth2Error:
    """Our error as the library's, which knows where it goes."""
    refused: Any = errors.CustomOAuth2Error(error.code, description=str(error), state=state)
    refused.redirect_uri = redirect_uri
    return refused
