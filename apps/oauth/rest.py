"""The resource server's face for DRF: who calls, and whether the scope is there."""

import dataclasses
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.core.actor import Actor, ActorKind, Origin
from apps.gateway.rest import actor_of, origin_of
from apps.oauth.crypto import sha256_hex
from apps.oauth.keys import (
    AccessTokenClaims,
    TokenExpiredError,
    TokenRejectedError,
    api_audience,
    read_access_token,
)
from apps.oauth.selectors import TokenState, token_state

if TYPE_CHECKING:
    # DRF imports this module while its own views are still loading.
    from rest_framework.views import APIView

REALM = "countersign"


def challenge(**parameters: str) -> str:
    """A Bearer challenge (RFC 6750 section 3) that says where the metadata is (RFC 9728 5.1)."""
    metadata = f"{settings.PUBLIC_URL}/.well-known/oauth-protected-resource/api/v1"
    members = {"realm": REALM, **parameters, "resource_metadata": metadata}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in members.items())


class TokenAuthentication(BaseAuthentication):
    """A bearer token in the Authorization header, and nowhere else.

    One query; the body is not read (reference 5.1). Any fault is 401, never anonymous access.
    """

    def authenticate(self, request: Request) -> tuple[Actor, AccessTokenClaims]:
        token = _bearer_token(request)
        at = timezone.now()
        try:
            claims = read_access_token(token, audience=api_audience(), at=at)
        except TokenExpiredError as error:
            raise self._refuse(request, "token-expired", "The access token has expired.") from error
        except TokenRejectedError as error:
            detail = "The access token is not valid here."
            raise self._refuse(request, "token-invalid", detail) from error
        state = token_state(claims.jti, at=at)
        if state is None or not state.counts_for(claims.session_id):
            raise self._refuse(request, "token-revoked", "The access token was revoked.")
        return actor_from(state, token=token, origin=origin_of(request)), claims

    def authenticate_header(self, request: Request) -> str:
        described = getattr(request, "token_fault", None)
        if described is None:
            return challenge()  # RFC 6750 section 3.1: no error code when nothing was offered.
        return challenge(error="invalid_token", error_description=described)

    def _refuse(self, request: Request, code: str, detail: str) -> AuthenticationFailed:
        request.token_fault = detail  # type: ignore[attr-defined]  # read back by authenticate_header
        return AuthenticationFailed(detail, code=code)


def _bearer_token(request: Request) -> str:
    """RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("An access token is needed.", code="token-missing")
    return token.strip()


def actor_from(state: TokenState, *, token: str, origin: Origin) -> Actor:
    """The caller, from the token's record alone."""
    person = state.user_id is not None
    return Actor(
        kind=ActorKind.USER if person else ActorKind.CLIENT,
        id=state.subject,
        label=(state.user_email if person else state.client_name) or state.client_id,
        session_id=state.session_id,
        client_id=state.client_id,
        user_id=state.user_id,
        partner_id=state.partner_id,
        partner_kind=state.partner_kind or "",
        role=state.role,
        scopes=frozenset(state.scope.split()),
        project_ids=frozenset(state.project_ids),
        open_projects=frozenset(state.open_projects),
        token_sha256=sha256_hex(token),
        authorization_details_sha256=state.authorization_details_sha256,
        origin=origin,
    )


class HasRequiredScopes(BasePermission):
    """Every view declares `required_scopes` by method; a system check refuses one that does not."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        declared: dict[str, tuple[str, ...]] = getattr(view, "required_scopes", {})
        method = "GET" if request.method == "HEAD" else request.method
        if method not in declared:
            return request.method == "OPTIONS" or not hasattr(view, str(method).lower())
        actor = actor_of(request)
        missing = [name for name in declared[method] if name not in actor.scopes]
        if missing:
            raise InsufficientScope(declared[method])
        exercised = dataclasses.replace(actor, scopes_exercised=declared[method])
        request.user = exercised  # type: ignore[assignment]  # DRF's types know users only
        return True


class InsufficientScope(PermissionDenied):
    """403 that names the scope needed, in the header too (RFC 6750 section 3.1)."""

    default_code = "insufficient-scope"

    def __init__(self, required: tuple[str, ...]) -> None:
        scope = " ".join(required)
        super().__init__(f"This needs the scope {scope}.")
        self.extra: dict[str, Any] = {"required": list(required)}
        self.auth_header = challenge(error="insufficient_scope", scope=scope)
