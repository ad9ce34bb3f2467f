"""The trail's list, and the shapes of what its views show."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request

from apps.audit.events import Action, Outcome
from apps.gateway.rest import Listing, PageBody, filters
from apps.gateway.services import Signal
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
    "context": {
        "role": "integration",
        "ip": "192.0.2.7",
        "scopes_granted": ["purchase_orders:create", "purchase_orders:issue"],
        "authorization_details_sha256": "",
        "access_token_sha256": "a5c1b0c1c5c2d2f2c5c7b8d0a7a2a4b1d3c0a1f2b6e8f1d7c9b3a5e4f6d8c7b9",
        "idempotency_key_sha256": (
            "0e4b9a7d2c6f81357b9d1e3f5a7c9b0d2e4f60718293a4b5c6d7e8f901234567"
        ),
        "decision_id": "dec_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "reason": "",
    },
}


class EventActorBody(Shape):
    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes it out of the class


class EventSubjectBody(Shape):
    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # DRF takes it out of the class


class EventContextBody(Shape):
    """By what right it was done or refused, beside session and client. Events that nobody did by a
    token or role have little of it, and older ones less.
    """

    role = serializers.CharField(required=False, allow_blank=True)
    ip = serializers.CharField(required=False, allow_null=True)
    scopes_granted = serializers.ListField(child=serializers.CharField(), required=False)
    authorization_details_sha256 = serializers.CharField(required=False, allow_blank=True)
    access_token_sha256 = serializers.CharField(required=False, allow_blank=True)
    idempotency_key_sha256 = serializers.CharField(required=False, allow_blank=True)
    decision_id = serializers.CharField(
        required=False, help_text="Of a purchase that was allowed or refused"
    )
    reason = serializers.CharField(required=False, allow_blank=True)
    signal = serializers.CharField(
        required=False, help_text="What was misused: `anothers-cursor`, `named-anothers`"
    )


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
    context = EventContextBody()  # type: ignore[assignment]  # DRF takes it out of the class


@extend_schema_serializer(many=False)
class AuditEventListBody(Shape):
    data = AuditEventBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


SIGNALS = filters.choice("event__private__signal", [str(one) for one in Signal])
# Not `ne`: an absent member is NULL, which SQL finds unequal to nothing.
SIGNAL = replace(SIGNALS, operators=("eq", "in"))
TRAIL = Listing(
    AuditEventBody,
    filters={
        "action": filters.text("event__action"),
        "subject": filters.text("event__subject_id"),
        "client_id": filters.text("event__client_id"),
        "session": filters.public_id("event__session_id", TokenSession.id_prefix),
        "request_id": filters.text("event__request_id"),
        "signal": SIGNAL,
        "at": filters.instant("event__at"),
    },
    sorts={"sequence": "sequence"},
)


def filters_of(request: Request, listing: Listing) -> dict[str, str]:
    """What was looked for, as it was said."""
    query = request.query_params
    return {name: query[name] for name in listing.conditions if name in query}
