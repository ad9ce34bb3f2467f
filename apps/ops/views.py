"""Health and metrics: for the machines that watch this one."""

import ipaddress
import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from apps.ops.formats import prometheus_text
from apps.ops.selectors import late_jobs, measure, readiness
from config.celery import SCHEDULE

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """The process is up; nothing else is touched."""
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    at = timezone.now()
    parts = readiness(at=at, periods=SCHEDULE)
    is_ready = all(part.ok for part in parts)
    late = late_jobs(at=at, periods=SCHEDULE) if is_ready else []
    document = {
        "status": "ready" if is_ready else "not ready",
        "parts": {part.name: {"ok": part.ok} for part in parts},
        "late_jobs": late,
    }
    return JsonResponse(document, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For this machine itself or the bearer of METRICS_TOKEN; anybody else finds nothing here."""
    if not (_is_local(request) or _bears_token(request)):
        raise Http404
    at = timezone.now()
    text = prometheus_text(measure(at=at, periods=SCHEDULE), at=at)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _is_local(request: HttpRequest) -> bool:
    """From this machine and not passed on by a proxy that stands on it."""
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _bears_token(request: HttpRequest) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN.encode()
    same = secrets.compare_digest(given.strip().encode(), expected)
    return bool(expected) and scheme.lower() == "bearer" and same
