"""The shapes of what the API shows, for its description; procurement.formats writes them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.procurement.rest.acts import LineAnswerShape
from apps.procurement.rest.examples import DRAFTED
from apps.procurement.rest.fields import Money
from apps.procurement.rest.orders import LineShape, OrderShape, TaxShape, TotalsShape
from apps.procurement.states import OrderStatus, Response

Shape = serializers.Serializer[Any]


class LineBody(LineShape):
    """A line with what it sums up to."""

    closed = False
    net = Money()


class TaxSubtotalBody(TaxShape):
    """What is taxed at one rate, and the tax on it."""

    closed = False
    taxable = Money()
    tax = Money()


class TotalsBody(TotalsShape):
    """Computed from the lines; the tax of an order is an estimate."""

    closed = False
    by_tax = TaxSubtotalBody(many=True)


@extend_schema_serializer(examples=[OpenApiExample("Drafted", value=DRAFTED, response_only=True)])
class OrderBody(OrderShape):
    """An order. ``links`` names what may be done next, as far as its status goes."""

    closed = False
    id = serializers.CharField()
    number = serializers.CharField()
    buyer_entity = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    revision = serializers.IntegerField()
    lines = LineBody(many=True)
    totals = TotalsBody()
    receipt_status = serializers.CharField()
    billing_status = serializers.CharField()
    holds = serializers.ListField(child=serializers.CharField())
    links = serializers.DictField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    issued_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(many=False)
class OrderListBody(Shape):
    data = OrderBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


class AcknowledgementBody(Shape):
    """A vendor's answer, and where it left the order."""

    id = serializers.CharField()
    purchase_order = serializers.CharField()
    response = serializers.ChoiceField(choices=Response.choices)
    reason = serializers.CharField(allow_blank=True)
    lines = LineAnswerShape(many=True)
    order_status = serializers.CharField(help_text="Where the order stands now")
    order_revision = serializers.IntegerField(help_text="The revision that the answer made")
    at = serializers.DateTimeField()
