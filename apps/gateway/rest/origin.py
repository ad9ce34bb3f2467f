"""Who calls and from where, as the edge and the token established it."""

import hashlib

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from apps.core.actor import Actor, Origin
from apps.gateway.policy import key_in


def origin_of(request: HttpRequest) -> Origin:
    """The call's request id, address and user agent, as the edge established them, and the hash
    of its Idempotency-Key.
    """
    key = key_in(request.headers.get("Idempotency-Key", "").strip())
    return Origin(
        request_id=request.META.get("countersign.request_id", ""),
        idempotency_key_sha256=hashlib.sha256(key.encode()).hexdigest() if key else "",
        ip=request.META.get("countersign.ip"),
        user_agent=request.headers.get("User-Agent", "")[:300],
    )


def actor_of(request: Request) -> Actor:
    """The caller of an API request. Raises NotAuthenticated when nobody was authenticated."""
    if not isinstance(request.user, Actor):
        raise NotAuthenticated
    return request.user
