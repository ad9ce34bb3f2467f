"""The library's validator: each hook calls one function of ours (spec 3, rules for the work)."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from apps.core.errors import DomainError
from apps.oauth import selectors
from apps.oauth.models import Grant
from apps.oauth.policy import clients, redirects, scopes
from apps.oauth.scopes import split_scope
from apps.oauth.services import codes, revocation, tokens
from apps.oauth.services.exchange import Exchange


class Validator(OAuth2Validator):
    """Made anew for each request, with its Exchange."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self.exchange = exchange

    # --- The client -----------------------------------------------------------------------------
    def client_authentication_required(self, *_: Any, **__: Any) -> bool:
        """Every client goes the same way; a public one is identified there (RFC 6749 2.3)."""
        return True

    def authenticate_client(self, request: Request, *_: Any, **__: Any) -> bool:
        offered = self._credentials(request)
        if offered is None:
            return False
        self.exchange.client = selectors.client_at_grant(offered.client_id, at=self.exchange.at)
        client = self.exchange.client.client if self.exchange.client else None
        if not clients.client_is_proved(client, offered, at=self.exchange.at) or client is None:
            return False
        if not clients.client_may_act(client, at=self.exchange.at):
            return False
        self.exchange.auth_method = offered.method
        request.client, request.client_id = client, client.client_id
        return True

    def _credentials(self, request: Request) -> clients.Credentials | None:
        try:
            return clients.read_credentials(
                authorization=request.headers.get("Authorization", ""),
                client_id=request.client_id,
                client_secret=request.client_secret,
            )
        except clients.TwoMethodsError as error:
            raise errors.InvalidRequestError(str(error), request=request) from error
        except clients.CredentialsMalformedError:
            return None

    def validate_grant_type(
        self, _client_id: str, grant_type: str, client: Any, *_: Any, **__: Any
    ) -> bool:
        return bool(client.allows_grant_type(grant_type))

    # --- The authorization request --------------------------------------------------------------
    def validate_client_id(self, client_id: str, request: Request, *_: Any, **__: Any) -> bool:
        found = selectors.client_at_grant(client_id, at=self.exchange.at)
        if found is None or not clients.client_may_act(found.client, at=self.exchange.at):
            return False
        self.exchange.client = found
        request.client = found.client
        return True

    def validate_redirect_uri(
        self, _client_id: str, redirect_uri: str, request: Request, *_: Any, **__: Any
    ) -> bool:
        return redirects.redirect_uri_matches(request.client, redirect_uri)

    def get_default_redirect_uri(self, *_: Any, **__: Any) -> None:
        """There is none: a request names its redirect URI (OAuth 2.1 draft section 4.1.1)."""

    def validate_response_type(
        self, _client_id: str, response_type: str, client: Any, *_: Any, **__: Any
    ) -> bool:
        return response_type == "code" and client.allows_grant_type("authorization_code")

    def is_pkce_required(self, *_: Any, **__: Any) -> bool:
        """For every client (spec 3, grants)."""
        return True

    def get_default_scopes(self, *_: Any, **__: Any) -> list[str]:
        """The empty set (spec 3, scopes)."""
        return []

    def validate_scopes(
        self, _client_id: str, names: list[str], client: Any, request: Request, *_: Any, **__: Any
    ) -> bool:
        request.scopes = list(dict.fromkeys(names))
        return scopes.may_ask_for(client, names)

    def save_authorization_code(
        self, _client_id: str, code: dict[str, str], request: Request, *_: Any, **__: Any
    ) -> None:
        if self.exchange.consent is None:
            raise errors.AccessDeniedError(request=request)
        codes.issue_code(
            consent=self.exchange.consent,
            code=code["code"],
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            origin=self.exchange.origin,
            at=self.exchange.at,
        )

    # --- The code, redeemed ---------------------------------------------------------------------
    def validate_code(
        self, _client_id: str, code: str, client: Any, request: Request, *_: Any, **__: Any
    ) -> bool:
        row = selectors.code_row(code, at=self.exchange.at)
        if row is None or row.application_id != client.pk:
            return False
        if row.used_at is not None:
            tokens.revoke_family(
                session=row.session,
                client=client,
                origin=self.exchange.origin,
                at=self.exchange.at,
                what="authorization code",
            )
            return False
        if row.expires <= self.exchange.at or not selectors.session_counts(row):
            return False
        self.exchange.code = row
        request.scopes = split_scope(row.scope)
        return True

    def get_code_challenge(self, *_: Any, **__: Any) -> str:
        return self._code().code_challenge

    def get_code_challenge_method(self, *_: Any, **__: Any) -> str:
        return self._code().code_challenge_method

    def confirm_redirect_uri(
        self, _client_id: str, _code: str, redirect_uri: str, *_: Any, **__: Any
    ) -> bool:
        """RFC 6749 section 4.1.3: identical to the one the code was asked for with."""
        if redirect_uri != self._code().redirect_uri:
            raise errors.InvalidGrantError("The redirect_uri differs from the request's.")
        return True

    def _code(self) -> Grant:
        if self.exchange.code is None:
            raise errors.InvalidGrantError
        return self.exchange.code

    # --- The refresh token ----------------------------------------------------------------------
    def validate_refresh_token(self, token: str, client: Any, *_: Any, **__: Any) -> bool:
        row = selectors.refresh_token_row(token, at=self.exchange.at)
        if row is None or row.session.client_id != client.pk:
            return False
        if row.rotated_at is not None and not selectors.refresh_may_be_retried(
            row, at=self.exchange.at
        ):
            tokens.revoke_family(
                session=row.session,
                client=client,
                origin=self.exchange.origin,
                at=self.exchange.at,
                what="refresh token",
            )
            return False
        if row.expires <= self.exchange.at or not selectors.session_counts(row):
            return False
        self.exchange.refresh = row
        row.session.role = selectors.role_today(row.session, at=self.exchange.at)
        return bool(row.session.role)

    def get_original_scopes(self, _token: str, request: Request, *_: Any, **__: Any) -> list[str]:
        """What the session was granted and may still have (RFC 6749 section 6)."""
        row = self.exchange.refresh
        if row is None:
            return []
        return scopes.still_allowed(request.client, row.session)

    # --- The answer -----------------------------------------------------------------------------
    def issue_tokens(self, request: Request) -> dict[str, Any]:
        """Called in place of the library's token generator. Raises its errors for ours."""
        try:
            issued = self._issue(request)
        except DomainError as error:
            raise errors.CustomOAuth2Error(
                error=error.code, description=str(error), request=request
            ) from error
        answer = {
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "scope": issued.scope,
        }
        if issued.refresh_token:
            answer["refresh_token"] = issued.refresh_token
        return answer

    def _issue(self, request: Request) -> tokens.IssuedTokens:
        origin, at = self.exchange.origin, self.exchange.at
        if self.exchange.code is not None:
            return tokens.redeem_code(
                code=self.exchange.code, client=request.client, origin=origin, at=at
            )
        if self.exchange.refresh is not None:
            return tokens.refresh_tokens(
                presented=request.refresh_token,
                row=self.exchange.refresh,
                client=request.client,
                scopes=request.scopes,
                origin=origin,
                at=at,
            )
        if self.exchange.client is None:
            raise errors.InvalidClientError(request=request)
        return tokens.issue_to_client(
            grant=self.exchange.client,
            scopes=scopes.for_machine(request.scopes),
            auth_method=self.exchange.auth_method,
            origin=origin,
            at=at,
        )

    def save_token(self, *_: Any, **__: Any) -> None:
        """Nothing: issue_tokens has stored what is stored, in one transaction."""

    def invalidate_authorization_code(self, *_: Any, **__: Any) -> None:
        """Nothing: the code was won before the token was made."""

    # --- Revocation -----------------------------------------------------------------------------
    def revoke_token(self, token: str, _hint: str, request: Request, *_: Any, **__: Any) -> None:
        revocation.revoke_token(
            token=token, client=request.client, origin=self.exchange.origin, at=self.exchange.at
        )
