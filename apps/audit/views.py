"""The keys partners verify checkpoints and receipts with."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from apps.audit.models import AuditKey
from apps.core.keys import public_jwks

CACHE_SECONDS = 300


@require_safe
def signing_keys(_request: HttpRequest) -> JsonResponse:
    """The JWK set (RFC 7517 section 5). An empty one, before the first start, is not kept."""
    document = public_jwks(AuditKey)
    response = JsonResponse(document, content_type="application/jwk-set+json")
    response["Cache-Control"] = (
        f"public, max-age={CACHE_SECONDS}" if document["keys"] else "no-store"
    )
    return response
