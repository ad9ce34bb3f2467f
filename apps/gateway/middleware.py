"""Gives every request an id, the caller's address as far as listed proxies vouch for it, and one
log line; gives pages their content security policy.
"""

import ipaddress
import re
import time
import uuid
from collections.abc import Callable

import structlog
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.core.actor import Actor
from apps.gateway.rest.versions import VERSION, is_versioned

log = structlog.get_logger("countersign.request")
# What is read by machines alone loads nothing and is shown in no frame.
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def client_address(request: HttpRequest) -> str | None:
    """The nearest address no listed proxy stands at; a forged header of others is ignored."""
    hops = [request.META.get("REMOTE_ADDR", "")]
    hops += reversed(request.headers.get("X-Forwarded-For", "").split(","))
    address: str | None = None
    for hop in hops:
        try:
            found = ipaddress.ip_address(hop.strip())
        except ValueError:
            break
        address = str(found)
        if not any(found in network for network in settings.TRUSTED_PROXIES):
            break
    return address


class RequestIdMiddleware:
    """Accepts a well-formed X-Request-Id or makes one, and echoes it; answers of the API also say
    which version it is (reference 4f).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        given = request.headers.get("X-Request-Id", "")
        request_id = given if WELL_FORMED.fullmatch(given) else f"req-{uuid.uuid4().hex}"
        request.META["countersign.request_id"] = request_id
        request.META["countersign.ip"] = client_address(request)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            write_line(request, response, milliseconds=(time.perf_counter() - begun) * 1000)
        response["X-Request-Id"] = request_id
        if is_versioned(request):
            response["Api-Version"] = VERSION
        return response


def write_line(request: HttpRequest, response: HttpResponse, *, milliseconds: float) -> None:
    """One line per request: its route rather than its path or query, which may hold secrets."""
    match = request.resolver_match
    if match is None or match.route.startswith("health/"):
        return
    caller = request.__dict__.get("user")
    # Asking a lazy user for its class would load it; an API's caller is an Actor, not lazy.
    known = {"client": caller.client_id, "actor": caller.id} if type(caller) is Actor else {}
    log.info(
        "request",
        method=request.method,
        route=f"/{match.route}",
        status=response.status_code,
        ms=round(milliseconds, 1),
        ip=request.META["countersign.ip"],
        **known,
    )


class PagePolicyMiddleware(CSPMiddleware):
    """The library's, which works out a policy for answers that are exempt from it, too, and twice
    for each: what the API answers has one that is known beforehand.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if getattr(response, "_csp_exempt", False):
            return response
        if is_versioned(request):
            response.headers.setdefault(HEADER, API_POLICY)
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
