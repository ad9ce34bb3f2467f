"""Who calls and from where, as the edge and the token established it."""

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from apps.core.actor import Actor, Origin


def origin_of(request: HttpRequest) -> Origin:
    """The call's request id, address and user agent, as the edge established them."""
    return Origin(
        request_id=request.META.get("countersign.request_id", ""),
        ip=request.META.get("countersign.ip"),
        user_agent=request.headers.get("User-Agent", "")[:300],
    )


def actor_of(request: Request) -> Actor:
    """The caller of an API request. Raises NotAuthenticated when nobody was authenticated."""
    if not isinstance(request.user, Actor):
        raise NotAuthenticated
    return request.user
