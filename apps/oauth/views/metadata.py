"""What the server says about itself (RFC 8414, RFC 9728) and the keys it signs with."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.keys import public_jwks
from apps.oauth.keys import api_audience
from apps.oauth.models import SigningKey
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.scopes import CATALOGUE

CONFIDENTIAL = [AuthMethod.SECRET_BASIC.value, AuthMethod.SECRET_POST.value]


def server_metadata() -> dict[str, Any]:
    """RFC 8414 section 2; nothing is advertised that is not so (a test compares)."""
    base = settings.PUBLIC_URL
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "introspection_endpoint": f"{base}/oauth/introspect",
        "jwks_uri": f"{base}/oauth/jwks",
        "scopes_supported": list(CATALOGUE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType.values,
        "token_endpoint_auth_methods_supported": AuthMethod.values,
        "revocation_endpoint_auth_methods_supported": AuthMethod.values,
        "introspection_endpoint_auth_methods_supported": CONFIDENTIAL,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{base}/api/docs",
    }


@require_safe
@cache_control(public=True, max_age=300)
def authorization_server_metadata(_request: HttpRequest) -> JsonResponse:
    """Served at both well-known places: RFC 8414 section 3 and its compatibility note in
    section 5 for clients that look for openid-configuration.
    """
    return JsonResponse(server_metadata())


@require_safe
@cache_control(public=True, max_age=300)
def protected_resource_metadata(_request: HttpRequest) -> JsonResponse:
    """RFC 9728 section 2."""
    return JsonResponse(
        {
            "resource": api_audience(),
            "authorization_servers": [settings.PUBLIC_URL],
            "scopes_supported": list(CATALOGUE),
            "bearer_methods_supported": ["header"],
            "resource_documentation": f"{settings.PUBLIC_URL}/api/docs",
        }
    )


@require_safe
@cache_control(public=True, max_age=300)
def jwks(_request: HttpRequest) -> JsonResponse:
    """RFC 7517 section 5."""
    return JsonResponse(public_jwks(SigningKey), content_type="application/jwk-set+json")
