"""The list of what a session did, and its shape: the trail's, with the buyer's part left out for
who reads its own.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Listing, PageBody
from apps.webhooks.rest.trail import (
    EVENT,
    TRAIL,
    AuditEventBody,
    EventActorBody,
    EventContextBody,
    Shape,
)

DENIED: dict[str, Any] = {
    **{name: value for name, value in EVENT.items() if name != "context"},
    "action": "request.denied",
    "outcome": "denied",
    "actor": {"kind": "client"},
    "subject": {
        "kind": "request",
        "id": "/api/v1/purchase-orders/po_01J8Z3K4M5N6P7Q8R9S0T1V2W4",
        "label": "GET",
    },
    "request_id": "read-0001",
    "data": {
        "code": "not-found",
        "status": 404,
        "method": "GET",
        "path": "/api/v1/purchase-orders/po_01J8Z3K4M5N6P7Q8R9S0T1V2W4",
    },
    "_redacted": ["actor.id", "actor.label", "context"],
}


class ActivityActorBody(EventActorBody):
    id = serializers.CharField(required=False)
    label = serializers.CharField(required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample("Issued, to an auditor", value=EVENT, response_only=True),
        OpenApiExample("One's own denial", value=DENIED, response_only=True),
    ]
)
class ActivityBody(AuditEventBody):
    """An event of the session at its place in the log; ``_redacted`` names what is hidden."""

    actor = ActivityActorBody()
    context = EventContextBody(required=False)
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


@extend_schema_serializer(many=False)
class ActivityListBody(Shape):
    data = ActivityBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


ACTIVITY = Listing(
    ActivityBody,
    filters={name: TRAIL.filters[name] for name in ("action", "at")},
    sorts=TRAIL.sorts,
)
