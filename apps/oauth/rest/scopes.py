"""Whether the scope is there."""

import dataclasses
from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.gateway.rest import actor_of
from apps.oauth.rest.challenges import BEARER, challenge
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
        exercised = dataclasses.replace(actor, scopes_exercised=declared[method])
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
