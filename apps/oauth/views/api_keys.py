"""/api/docs/api-keys: what a partner with a legacy API key does next. The answers to a key lead
here (RFC 9745 section 3).
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def from_key_to_oauth(request: HttpRequest) -> HttpResponse:
    return render(request, "oauth/api_keys.html", {"public_url": settings.PUBLIC_URL})
