"""The resource server's face for DRF: who calls, and whether the scope is there."""

from apps.oauth.rest.api_keys import ApiKeyAuthentication
from apps.oauth.rest.challenges import challenge
from apps.oauth.rest.scopes import HasRequiredScopes, InsufficientScope
from apps.oauth.rest.tokens import TokenAuthentication, actor_from

__all__ = [
    "ApiKeyAuthentication",
    "HasRequiredScopes",
    "InsufficientScope",
    "TokenAuthentication",
    "actor_from",
    "challenge",
]
