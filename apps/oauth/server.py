"""The protocol engine: oauthlib's endpoints with the grants that exist here and no others."""

import json
from typing import Any

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints.authorization import AuthorizationEndpoint
from oauthlib.oauth2.rfc6749.endpoints.revocation import RevocationEndpoint
from oauthlib.oauth2.rfc6749.endpoints.token import TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
)
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from oauthlib.oauth2.rfc6749.tokens import BearerToken

from apps.oauth.models.clients import GrantType
from apps.oauth.policy.pkce import challenge_is_well_formed, verifier_matches

OWN_GRANTS = (GrantType.DEVICE_CODE, GrantType.TOKEN_EXCHANGE, GrantType.JWT_BEARER)
Answer = tuple[dict[str, str], str, int]


class SessionTokens(BearerToken):
    """Where the library would make a random token, we open a session and sign one."""

    def create_token(self, request: Request, refresh_token: bool = False, **_: Any) -> Any:  # noqa: FBT001, FBT002, ARG002 -- oauthlib's signature
        return self.request_validator.issue_tokens(request)


class CodeGrant(AuthorizationCodeGrant):
    """Authorization code with PKCE by S256 alone (RFC 9700 section 2.1.1)."""

    _code_challenge_methods = {"S256": verifier_matches}

    def validate_authorization_request(self, request: Request) -> Any:
        checked = super().validate_authorization_request(request)
        if not challenge_is_well_formed(request.code_challenge):
            raise errors.InvalidRequestError(
                "code_challenge is not an S256 value.", request=request
            )
        return checked


class OwnGrant(GrantTypeBase):
    """A grant the library does not know: device code (RFC 8628 section 3.4), token exchange (RFC
    8693), JWT bearer (RFC 7523 section 2.1). The rules are in the services that issue for it.
    """

    def create_token_response(self, request: Request, token_handler: Any) -> Answer:
        validator = self.request_validator
        validator.authenticate_client(request)
        if not validator.validate_grant_type(
            request.client_id, request.grant_type, request.client, request
        ):
            raise errors.UnauthorizedClientError(request=request)
        token = token_handler.create_token(request)
        return self._get_default_headers(), json.dumps(token), 200


class UnknownGrant(GrantTypeBase):
    """What is not a grant here gets the error of RFC 6749 section 5.2 that says so."""

    def create_token_response(self, request: Request, _token_handler: object) -> Answer:
        error = (
            errors.UnsupportedGrantTypeError(request=request)
            if request.grant_type
            else errors.InvalidRequestError("Missing grant_type parameter.", request=request)
        )
        return {"Content-Type": "application/json"}, error.json, error.status_code


class AuthorizationServer(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """Code with PKCE, refresh, client credentials and those of our own. Implicit, hybrid and
    password are absent.
    """

    def __init__(self, validator: Any, **_: Any) -> None:
        self.request_validator = validator
        tokens = SessionTokens(validator)
        code = CodeGrant(validator)
        AuthorizationEndpoint.__init__(
            self,
            default_response_type="code",
            response_types={"code": code},
            default_token_type=tokens,
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="unknown",
            grant_types={
                "authorization_code": code,
                "refresh_token": RefreshTokenGrant(validator),
                "client_credentials": ClientCredentialsGrant(validator),
                **{grant.value: OwnGrant(validator) for grant in OWN_GRANTS},
                "unknown": UnknownGrant(validator),
            },
            default_token_type=tokens,
        )
        RevocationEndpoint.__init__(self, validator)
