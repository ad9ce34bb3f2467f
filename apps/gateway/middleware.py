"""Gives every request an id, and the caller's address as far as listed proxies vouch for it."""

import ipaddress
import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

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
    """Accepts a well-formed X-Request-Id or makes one, and echoes it (reference 4f)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if WELL_FORMED.fullmatch(given) else f"req-{uuid.uuid4().hex}"
        request.META["countersign.request_id"] = request_id
        request.META["countersign.ip"] = client_address(request)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response
