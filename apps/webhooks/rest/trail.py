"""The trail's list, and the shapes of what its views show."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.audit.events import Action, Outcome
from apps.gateway.rest import Listing, PageBody, filters
from apps.oauth.models import TokenSession

Shape = serializers.Serializer[Any]


EVENT: dict[str, Any] = {
    "id": "evt_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "sequence": 41,
    "at": "2026-11-20T09:00:00.000000Z",
    "action": "purchase_order.issued",
    "outcome": "allowed",
    "actor": {"kind": "client", "id": "clt_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "label": "ERP"},
    "session": "ses_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "client_id": "clt_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "partner": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "subject": {
        "kind": "purchase_order",
        "id": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "label": "PO-2026-000123",
    },
    "request_id": "issue-0001",
    "data": {"revision": 3, "scopes_exercised": ["purchase_orders:issue"]},
    "leaf_hash": "5d53469f20fef4f8eab52b88044ede69c77a6a68a60728609fc4a65ff531e7d0",
}


class EventActorBody(Shape):
    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes it out of the class


class EventSubjectBody(Shape):
    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # DRF takes it out of the class


@extend_schema_serializer(examples=[OpenApiExample("Issued", value=EVENT, response_only=True)])
class AuditEventBody(Shape):
    """An event at its place in the log."""

    id = serializers.CharField()
    sequence = serializers.IntegerField(min_value=0)
    at = serializers.DateTimeField()
    action = serializers.ChoiceField(choices=Action.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    actor = EventActorBody()
    session = serializers.CharField(allow_null=True)
    client_id = serializers.CharField(allow_null=True)
    partner = serializers.CharField(allow_null=True)
    subject = EventSubjectBody()
    request_id = serializers.CharField(allow_null=True)
    data = serializers.DictField()  # type: ignore[assignment]  # DRF takes it out of the class
    leaf_hash = serializers.CharField(help_text="RFC 6962, in hexadecimal")


@extend_schema_serializer(many=False)
class AuditEventListBody(Shape):
    data = AuditEventBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


TRAIL = Listing(
    AuditEventBody,
    filters={
        "action": filters.text("event__action"),
        "subject": filters.text("event__subject_id"),
        "client_id": filters.text("event__client_id"),
        "session": filters.public_id("event__session_id", TokenSession.id_prefix),
        "request_id": filters.text("event__request_id"),
        "at": filters.instant("event__at"),
    },
    sorts={"sequence": "sequence"},
)
