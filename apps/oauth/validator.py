"""The library's validator: each hook calls one function of ours (spec 3, rules for the work)."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from apps.oauth import selectors
from apps.oauth.models import Grant
from apps.oauth.models.clients import GrantType
from apps.oauth.policy import clients, people, redirects, refused_scopes, scopes
from apps.oauth.scopes import split_scope
from apps.oauth.services import authentication, codes, issuing, revocation, tokens, upstream
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
        """Raises our errors, which the endpoint answers with."""
        found = authentication.authenticate_client(self.exchange)
        request.client, request.client_id = found.client, found.client.client_id
        return True

    def validate_grant_type(
        self, _client_id: str, grant_type: str, client: Any, *_: Any, **__: Any
    ) -> bool:
        """A public client never acts for itself, whatever its row says (RFC 6749 section 4.4)."""
        if client.is_public and grant_type == GrantType.CLIENT_CREDENTIALS:
            return False
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
        if refused := refused_scopes.beyond_client(client, names):
            raise errors.InvalidScopeError(refused, request=request)
        return True

    def save_authorization_code(
        self, _client_id: str, code: dict[str, str], request: Request, *_: Any, **__: Any
    ) -> None:
        consent, asked = self.exchange.consent, self.exchange.asked
        if consent is None or asked is None:
            raise errors.AccessDeniedError(request=request)
        codes.issue_code(
            consent=consent,
            code=code["code"],
            request=asked,
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
        if not upstream.upstream_allows(session=row.session, at=self.exchange.at):
            return False
        person = selectors.person_today(row.session, at=self.exchange.at)
        if person is None or not people.may_use_client(client, person):
            return False
        self.exchange.refresh = row
        row.session.role = person.role
        return True

    def get_original_scopes(self, _token: str, request: Request, *_: Any, **__: Any) -> list[str]:
        """What the session was granted and may still have (RFC 6749 section 6)."""
        row = self.exchange.refresh
        if row is None:
            return []
        return scopes.still_allowed(request.client, row.session)

    def is_within_original_scope(
        self, names: list[str], _token: str, request: Request, *_: Any, **__: Any
    ) -> bool:
        """Asked where it is not, for the words (RFC 6749 section 6)."""
        held = self.get_original_scopes("", request)
        refused = refused_scopes.beyond_grant(names, held, what="The session")
        raise errors.InvalidScopeError(refused, request=request)

    # --- The answer -----------------------------------------------------------------------------
    def issue_tokens(self, request: Request) -> dict[str, Any]:
        """Called in place of the library's token generator."""
        issued = issuing.issue_tokens(
            exchange=self.exchange, client=request.client, scopes=request.scopes or []
        )
        return {name: value for name, value in vars(issued).items() if value or name == "scope"}

    def save_token(self, *_: Any, **__: Any) -> None:
        """Nothing: issue_tokens has stored what is stored, in one transaction."""

    def invalidate_authorization_code(self, *_: Any, **__: Any) -> None:
        """Nothing: the code was won before the token was made."""

    # --- Revocation -----------------------------------------------------------------------------
    def revoke_token(self, token: str, _hint: str, request: Request, *_: Any, **__: Any) -> None:
        revocation.revoke_token(
            token=token, client=request.client, origin=self.exchange.origin, at=self.exchange.at
        )
