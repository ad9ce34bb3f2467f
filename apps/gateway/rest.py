"""What API views share: where a call came from."""

from django.http import HttpRequest

from apps.core.actor import Origin


def origin_of(request: HttpRequest) -> Origin:
    """The call's request id, address and user agent, as the edge established them."""
    return Origin(
        request_id=request.META.get("countersign.request_id", ""),
        ip=request.META.get("countersign.ip"),
        user_agent=request.headers.get("User-Agent", "")[:300],
    )
