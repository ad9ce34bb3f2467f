"""The shapes of proposals of change as they are shown."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.procurement.rest.changes import DiffShape
from apps.procurement.rest.examples import PROPOSED
from apps.procurement.states import ChangeStatus, Side

Shape = serializers.Serializer[Any]


@extend_schema_serializer(examples=[OpenApiExample("Proposed", value=PROPOSED, response_only=True)])
class ChangeBody(Shape):
    """A proposal, and what became of it."""

    id = serializers.CharField()
    purchase_order = serializers.CharField()
    status = serializers.ChoiceField(choices=ChangeStatus.choices)
    revision = serializers.IntegerField()
    proposed_by = serializers.ChoiceField(choices=Side.choices)
    diff = DiffShape()
    note = serializers.CharField(allow_blank=True)
    acknowledgement = serializers.CharField(
        allow_null=True, help_text="The vendor's answer that it came with"
    )
    base_revision = serializers.IntegerField(help_text="The order's revision it was made against")
    resulting_revision = serializers.IntegerField(
        allow_null=True, help_text="The order's revision it made"
    )
    decision_reason = serializers.CharField(allow_blank=True)
    exceeds = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="In what it goes beyond what was approved; shown to the buyer's side",
    )
    approved_at = serializers.DateTimeField(
        allow_null=True, required=False, help_text="Shown to the buyer's side"
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class ChangeListBody(Shape):
    data = ChangeBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
