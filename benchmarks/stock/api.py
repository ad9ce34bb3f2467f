"""The resource server of django-oauth-toolkit's DRF page, with DRF's writable nested serializer.

Kinder than the tutorials in two places: lines are prefetched, and a create is one transaction.
"""

from typing import Any, ClassVar

from django.db import transaction
from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework import serializers, viewsets

from benchmarks.stock.models import Line, PurchaseOrder


class LineSerializer(serializers.ModelSerializer[Line]):
    class Meta:
        model = Line
        exclude = ["id", "order"]


class OrderSerializer(serializers.ModelSerializer[PurchaseOrder]):
    lines = LineSerializer(many=True)

    class Meta:
        model = PurchaseOrder
        fields = "__all__"

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> PurchaseOrder:
        lines = validated_data.pop("lines")
        order = PurchaseOrder.objects.create(**validated_data)
        for line in lines:
            Line.objects.create(order=order, **line)
        return order


class OrderViewSet(viewsets.ModelViewSet[PurchaseOrder]):
    permission_classes = [TokenHasScope]
    required_scopes: ClassVar = ["orders"]
    queryset = PurchaseOrder.objects.prefetch_related("lines")
    serializer_class = OrderSerializer
