"""The shapes of what the trail's views show, for the API's description."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.audit.events import Action, Outcome
from apps.gateway.rest import PageBody

Shape = serializers.Serializer[Any]


class EventActorBody(Shape):
    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes it out of the class


class EventSubjectBody(Shape):
    kind = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # DRF takes it out of the class


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
