"""Who calls, from the access token in the Authorization header."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from apps.core.actor import Actor, ActorKind, Origin
from apps.gateway.rest import origin_of, say_in_answer
from apps.gateway.services import record_denial
from apps.oauth.crypto import sha256_hex
from apps.oauth.errors import InvalidDpopProofError, UseDpopNonceError
from apps.oauth.keys import (
    AccessTokenClaims,
    TokenExpiredError,
    TokenRejectedError,
    api_audience,
    read_access_token,
)
from apps.oauth.policy.dpop import Proof, bound_key
from apps.oauth.policy.networks import address_is_within
from apps.oauth.rest.challenges import (
    BEARER,
    DPOP,
    challenge,
    challenge_of,
    either,
    put_challenge,
)
from apps.oauth.selectors import TokenState, token_state
from apps.oauth.selectors.causes import revoke_reason
from apps.oauth.services.dpop import check_proof, fresh_nonce, spend_proof

IP_NOT_ALLOWED = "ip-not-allowed"
SCHEMES = {"bearer": BEARER, "dpop": DPOP}


class TokenAuthentication(BaseAuthentication):
    """An access token in the Authorization header, and nowhere else: as a bearer token, or bound
    to a key and with a proof of it (RFC 9449 section 7.1).

    One query, and with a proof one more to remember it; the body is not read (reference 5.1).
    Any fault is 401, never anonymous access.
    """

    def authenticate(self, request: Request) -> tuple[Actor, AccessTokenClaims]:
        scheme, token = _presented(request)
        at = timezone.now()
        if scheme == DPOP:
            say_in_answer(request, {"DPoP-Nonce": fresh_nonce(at)})  # RFC 9449 sections 8.2, 9.
        claims, jkt = _read(request, scheme, token, at)
        proof = _proved(request, scheme, token, jkt, at)
        state = token_state(claims.jti, at=at)
        if state is None or not state.counts_for(claims.session_id):
            raise _revoked(request, scheme, state, claims, at)
        details = _details(request, scheme, claims, state)
        origin = origin_of(request)
        if proof:
            _spend(request, proof)
        actor = actor_from(state, token=token, details=details, origin=origin)
        if state.networks and not address_is_within(origin.ip, state.networks):
            raise from_elsewhere(request, actor, "The client may not call from this network.")
        return actor, claims

    def authenticate_header(self, request: Request) -> str:
        return challenge_of(request)


def _presented(request: Request) -> tuple[str, str]:
    """RFC 6750 section 2.1 and RFC 9449 section 7.1; the scheme's case does not matter (RFC 9110
    section 11.1).
    """
    name, _, token = request.headers.get("Authorization", "").partition(" ")
    scheme = SCHEMES.get(name.lower())
    if scheme is None or not token.strip():
        raise NotAuthenticated("An access token is needed.", code="token-missing")
    return scheme, token.strip()


def _read(request: Request, scheme: str, token: str, at: datetime) -> tuple[AccessTokenClaims, str]:
    """The token's claims and the key it is bound to."""
    try:
        claims = read_access_token(token, audience=api_audience(), at=at)
        return claims, bound_key(claims.raw)
    except TokenExpiredError as error:
        detail = "The access token has expired."
        raise _refused(request, scheme, "token-expired", detail) from error
    except TokenRejectedError as error:
        detail = "The access token is not valid here."
        raise _refused(request, scheme, "token-invalid", detail) from error


def _details(
    request: Request, scheme: str, claims: AccessTokenClaims, state: TokenState
) -> tuple[Any, ...]:
    """The limits the token carries (RFC 9396 section 9.1), which must be those it was granted."""
    if not state.granted_limits_of(claims):
        detail = "The access token is not valid here."
        raise _refused(request, scheme, "token-invalid", detail)
    return tuple(claims.details)


def _proved(request: Request, scheme: str, token: str, jkt: str, at: datetime) -> Proof | None:
    """The proof of the key the token is bound to; None for a bearer token, which is bound to none.

    A bound token is not taken as a bearer token (RFC 9449 section 7.2), nor the other way round.
    """
    if bool(jkt) != (scheme == DPOP):
        detail = f"The access token is to be sent under the scheme {DPOP if jkt else BEARER}."
        raise _refused(request, scheme, "token-invalid", detail)
    if not jkt:
        return None
    given = request.headers.get("DPoP")
    try:
        proof = check_proof(
            [] if given is None else [given],
            method=str(request.method),
            path=request.path,
            at=at,
            access_token=token,
        )
    except (InvalidDpopProofError, UseDpopNonceError) as error:
        raise _unproved(request, error) from error
    if proof.jkt != jkt:
        detail = "The access token is bound to another key."
        raise _refused(request, scheme, "token-invalid", detail)
    return proof


def _spend(request: Request, proof: Proof) -> None:
    try:
        spend_proof(proof, path=request.path)
    except InvalidDpopProofError as error:
        raise _unproved(request, error) from error


def _refused(request: Request, scheme: str, code: str, detail: str) -> AuthenticationFailed:
    """The token is at fault: a new one of either kind would do."""
    put_challenge(request, either(scheme, error="invalid_token", error_description=detail))
    return AuthenticationFailed(detail, code=code)


def _revoked(
    request: Request,
    scheme: str,
    state: TokenState | None,
    claims: AccessTokenClaims,
    at: datetime,
) -> AuthenticationFailed:
    """A token whose record is there, and of its session, is told the class of why."""
    refusal = _refused(request, scheme, "token-revoked", "The access token was revoked.")
    if state is not None and state.session_id == claims.session_id:
        lost = state.project_bound and not state.open_projects
        told = revoke_reason(state.session_id, at=at, jti=claims.jti, lost_projects=lost)
        refusal.extra = {"revoke_reason": str(told)}  # type: ignore[attr-defined]  # ours, read by the problem handler
    return refusal


def _unproved(
    request: Request, error: InvalidDpopProofError | UseDpopNonceError
) -> AuthenticationFailed:
    """The proof is at fault: only a better one would do (RFC 9449 sections 7.1 and 9)."""
    detail = str(error)
    put_challenge(request, challenge(DPOP, error=error.code, error_description=detail))
    code = "dpop-nonce-needed" if isinstance(error, UseDpopNonceError) else "dpop-proof-invalid"
    return AuthenticationFailed(detail, code=code)


def scheme_used(request: Request) -> str:
    """The scheme an authenticated request came under."""
    claims = request.auth
    return DPOP if isinstance(claims, AccessTokenClaims) and bound_key(claims.raw) else BEARER


def actor_from(state: TokenState, *, token: str, details: tuple[Any, ...], origin: Origin) -> Actor:
    """The caller, from the token's record; ``details`` were found to be what it records."""
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
        authorization_details=details,
        authorization_details_sha256=state.authorization_details_sha256,
        granted_at=state.granted_at,
        exchanged_from=state.exchanged_from,
        origin=origin,
    )


def from_elsewhere(request: Request, actor: Actor, detail: str) -> PermissionDenied:
    """The credential is good and its holder known, so the trail hears of it (spec 4 nos. 3, 11)."""
    record_denial(
        actor=actor,
        at=timezone.now(),
        code=IP_NOT_ALLOWED,
        status=PermissionDenied.status_code,
        method=str(request.method),
        path=request.path,
    )
    return PermissionDenied(detail, code=IP_NOT_ALLOWED)
