"""Whether the scope is there."""

import dataclasses
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.core.actor import Actor
from apps.gateway.rest import actor_of
from apps.oauth.keys import AccessTokenClaims
from apps.oauth.policy.step_up import StepUp, step_up_for, step_up_is_met
from apps.oauth.rest.challenges import BEARER, challenge, put_challenge
from apps.oauth.rest.tokens import scheme_used

if TYPE_CHECKING:
    # DRF imports this module while its own views are still loading.
    from rest_framework.views import APIView


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
            raise InsufficientScope(declared[method], scheme_used(request))
        if actor.user_id is not None:
            require_step_up(request, declared[method], _declared_step_up(view, str(method)))
        optional = _optional(view, method)
        widened = _widened(request, actor, optional)
        exercised = dataclasses.replace(
            actor,
            scopes=actor.scopes - (optional - widened),
            scopes_exercised=(*declared[method], *sorted(widened)),
        )
        request.user = exercised  # type: ignore[assignment]  # DRF's types know users only
        return True


class InsufficientScope(PermissionDenied):
    """403 that names the scope needed, in the header too (RFC 6750 section 3.1), under the scheme
    that was used (RFC 9449 section 7.1).
    """

    default_code = "insufficient-scope"

    def __init__(self, required: tuple[str, ...], scheme: str = BEARER) -> None:
        scope = " ".join(required)
        super().__init__(f"This needs the scope {scope}.")
        self.extra: dict[str, Any] = {"required": list(required)}
        self.auth_header = challenge(scheme, error="insufficient_scope", scope=scope)


def _optional(view: "APIView", method: str) -> frozenset[str]:
    """What shows more of the same answer, in `optional_scopes` by method: not needed, but used
    where the token has it.
    """
    declared: dict[str, tuple[str, ...]] = getattr(view, "optional_scopes", {})
    return frozenset(declared.get(method, ()))


def _widened(request: Request, actor: Actor, optional: frozenset[str]) -> frozenset[str]:
    """Those of the optional scopes that count for this request: held and, for a person, with the
    sign-in that the restricted tier asks for. Without it they are not refused but left out.
    """
    held = optional & actor.scopes
    if actor.user_id is None:
        return held
    return frozenset(name for name in held if sign_in_suffices(request, step_up_for([name], None)))


def _declared_step_up(view: "APIView", method: str) -> StepUp | None:
    """What the view itself demands of people by method, in `step_up`."""
    declared: dict[str, StepUp] = getattr(view, "step_up", {})
    return declared.get(method)


def sign_in_suffices(request: Request, demand: StepUp | None) -> bool:
    """Whether the token's claims meet the demand."""
    if demand is None:
        return True
    claims = request.auth
    if not isinstance(claims, AccessTokenClaims):
        raise TypeError("Only an access token acts for a person.")
    said = claims.raw
    return step_up_is_met(
        demand, acr=said.get("acr", ""), auth_time=said.get("auth_time"), at=timezone.now()
    )


def require_step_up(request: Request, scopes: tuple[str, ...], declared: StepUp | None) -> None:
    """401 with what the person's sign-in must amount to (RFC 9470 section 3): a client library
    sends them to sign in again with just that. By the token's claims alone.
    """
    demand = step_up_for(scopes, declared)
    if demand is None or sign_in_suffices(request, demand):
        return
    detail = "This needs a stronger or more recent sign-in."
    told = {"acr_values": demand.acr, "max_age": str(demand.max_age)}
    error = {"error": "insufficient_user_authentication", "error_description": detail}
    put_challenge(request, challenge(scheme_used(request), **error, **told))
    refusal = AuthenticationFailed(detail, code="user-authentication-insufficient")
    refusal.extra = told  # type: ignore[attr-defined]  # ours, read by the problem handler
    raise refusal
