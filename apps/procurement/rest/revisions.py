"""The shapes of an order's revisions."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.procurement.models import RevisionAct
from apps.procurement.rest.costs import CostAllocationShape
from apps.procurement.rest.examples import REVISION
from apps.procurement.states import OrderStatus

Shape = serializers.Serializer[Any]


class LineCostBody(Shape):
    line_no = serializers.IntegerField()
    cost_allocations = CostAllocationShape(many=True)


class CostBody(Shape):
    """Where the cost of the lines goes; lines that nobody allocated are left out."""

    salt = serializers.CharField()
    lines = LineCostBody(many=True)


@extend_schema_serializer(examples=[OpenApiExample("Issued", value=REVISION, response_only=True)])
class RevisionBody(Shape):
    """What was done to an order, and what it said then. ``_redacted`` names what is hidden."""

    id = serializers.CharField()
    purchase_order = serializers.CharField()
    revision = serializers.IntegerField()
    act = serializers.ChoiceField(choices=RevisionAct.choices)
    status = serializers.ChoiceField(choices=OrderStatus.choices, help_text="After the act")
    at = serializers.DateTimeField()
    effective_at = serializers.DateTimeField(
        allow_null=True, help_text="When the act took effect outside, as was said"
    )
    reason = serializers.CharField(allow_blank=True, required=False)
    content_sha256 = serializers.CharField(help_text="Of the content's canonical JSON (RFC 8785)")
    content = serializers.DictField(
        required=False, help_text="The order without its state; in lists on demand"
    )
    cost = CostBody(
        required=False,
        allow_null=True,
        help_text="With the content, for who may see costs: what `cost_sha256` in the event is the "
        "hash of; null in revisions of before there were costs",
    )
    links = serializers.DictField(child=serializers.CharField())
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


@extend_schema_serializer(many=False)
class RevisionListBody(Shape):
    data = RevisionBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
