"""The shapes of an order's revisions."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.procurement.models import RevisionAct
from apps.procurement.rest.examples import REVISION
from apps.procurement.states import OrderStatus

Shape = serializers.Serializer[Any]


@extend_schema_serializer(examples=[OpenApiExample("Issued", value=REVISION, response_only=True)])
class RevisionBody(Shape):
    """What was done to an order, and what it said then. ``_redacted`` names what is hidden."""

    id = serializers.CharField()
    purchase_order = serializers.CharField()
    revision = serializers.IntegerField()
    act = serializers.ChoiceField(choices=RevisionAct.choices)
    status = serializers.ChoiceField(choices=OrderStatus.choices, help_text="After the act")
    at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True, required=False)
    content_sha256 = serializers.CharField(help_text="Of the content's canonical JSON (RFC 8785)")
    content = serializers.DictField(
        required=False, help_text="The order without its state; in lists on demand"
    )
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class RevisionListBody(Shape):
    data = RevisionBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
