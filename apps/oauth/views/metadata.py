"""What the server says about itself (RFC 8414, OpenID Connect Discovery, RFC 9728) and the keys
it signs with.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.keys import public_jwks
from apps.oauth.keys import ALGORITHMS, api_audience
from apps.oauth.models import SigningKey
from apps.oauth.models.clients import AuthMethod, GrantType, IdTokenAlgorithm
from apps.oauth.policy.assertions import ALGORITHMS as ASSERTION_ALGORITHMS
from apps.oauth.policy.claims import CLAIMS_SUPPORTED
from apps.oauth.policy.details import TYPES_SUPPORTED
from apps.oauth.policy.dpop import ALGORITHMS as DPOP_ALGORITHMS
from apps.oauth.policy.sign_in import ACR_VALUES, PROMPTS
from apps.oauth.scopes import CATALOGUE

CONFIDENTIAL = [method.value for method in AuthMethod if method != AuthMethod.NONE]


def server_metadata() -> dict[str, Any]:
    """RFC 8414 section 2 and OpenID Connect Discovery section 3, which are one document here;
    nothing is advertised that is not so (a test compares).
    """
    return {
        "issuer": settings.PUBLIC_URL,
        **_endpoints(),
        "scopes_supported": list(CATALOGUE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType.values,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "require_pushed_authorization_requests": False,
        "authorization_details_types_supported": list(TYPES_SUPPORTED),
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        **_client_authentication(),
        **_openid(),
        "service_documentation": f"{settings.PUBLIC_URL}/api/docs",
    }


def _endpoints() -> dict[str, str]:
    base = settings.PUBLIC_URL
    return {
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "pushed_authorization_request_endpoint": f"{base}/oauth/par",
        "device_authorization_endpoint": f"{base}/oauth/device_authorization",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "introspection_endpoint": f"{base}/oauth/introspect",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "end_session_endpoint": f"{base}/oauth/logout",
        "jwks_uri": f"{base}/oauth/jwks",
    }


def _client_authentication() -> dict[str, list[str]]:
    signed = list(ASSERTION_ALGORITHMS)
    return {
        "token_endpoint_auth_methods_supported": AuthMethod.values,
        "token_endpoint_auth_signing_alg_values_supported": signed,
        "revocation_endpoint_auth_methods_supported": AuthMethod.values,
        "revocation_endpoint_auth_signing_alg_values_supported": signed,
        "introspection_endpoint_auth_methods_supported": CONFIDENTIAL,
        "introspection_endpoint_auth_signing_alg_values_supported": signed,
        "introspection_signing_alg_values_supported": ALGORITHMS,
    }


def _openid() -> dict[str, Any]:
    return {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": IdTokenAlgorithm.values,
        "userinfo_signing_alg_values_supported": IdTokenAlgorithm.values,
        "claim_types_supported": ["normal"],
        "claims_supported": sorted(CLAIMS_SUPPORTED),
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": sorted(PROMPTS),
        "acr_values_supported": list(ACR_VALUES),
        "ui_locales_supported": ["en"],
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


@require_safe
@cache_control(public=True, max_age=300)
def authorization_server_metadata(_request: HttpRequest) -> JsonResponse:
    """Served at both well-known places (RFC 8414 section 3, OpenID Connect Discovery 4)."""
    return JsonResponse(server_metadata())


@require_safe
@cache_control(public=True, max_age=300)
def protected_resource_metadata(_request: HttpRequest) -> JsonResponse:
    """RFC 9728 section 2."""
    return JsonResponse(
        {
            "resource": api_audience(),
            "resource_name": "Countersign API",
            "authorization_servers": [settings.PUBLIC_URL],
            "scopes_supported": list(CATALOGUE),
            "bearer_methods_supported": ["header"],
            "authorization_details_types_supported": list(TYPES_SUPPORTED),
            "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
            "dpop_bound_access_tokens_required": False,
            "resource_documentation": f"{settings.PUBLIC_URL}/api/docs",
        }
    )


@require_safe
@cache_control(public=True, max_age=300)
def jwks(_request: HttpRequest) -> JsonResponse:
    """RFC 7517 section 5."""
    return JsonResponse(public_jwks(SigningKey), content_type="application/jwk-set+json")
