"""The shapes of what the API shows, for its description; procurement.formats writes them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import PageBody
from apps.procurement.rest.acts import LineAnswerShape
from apps.procurement.rest.examples import ANSWERED, DRAFTED, LINE_STATE
from apps.procurement.rest.fields import Money, Quantity
from apps.procurement.rest.orders import DraftedLineShape, OrderShape, TaxShape, TotalsShape
from apps.procurement.states import OrderStatus, Response

Shape = serializers.Serializer[Any]


class LineBody(DraftedLineShape):
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


@extend_schema_serializer(
    examples=[OpenApiExample("Partly delivered", value=LINE_STATE, response_only=True)]
)
class LineStateBody(LineBody):
    """A line with what was delivered and invoiced of it."""

    quantity_received = Quantity()
    quantity_accepted = Quantity()
    quantity_invoiced = Quantity()
    amount_invoiced = Money()
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


@extend_schema_serializer(many=False)
class LineListBody(Shape):
    data = LineStateBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


class ExpandedVendorBody(Shape):
    """Its profile; `_redacted` names what of it is hidden from you."""

    id = serializers.CharField()
    name = serializers.CharField(required=False)
    legal_name = serializers.CharField(required=False, allow_blank=True)
    trading_name = serializers.CharField(required=False, allow_blank=True)
    identifiers = serializers.ListField(child=serializers.DictField(), required=False)
    default_currency = serializers.CharField(required=False, allow_blank=True)
    payment_terms = serializers.CharField(required=False, allow_blank=True)
    categories = serializers.ListField(child=serializers.CharField(), required=False)
    website = serializers.CharField(required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


class ExpandedBody(Shape):
    vendor = ExpandedVendorBody(required=False)


@extend_schema_serializer(examples=[OpenApiExample("Drafted", value=DRAFTED, response_only=True)])
class OrderBody(OrderShape):
    """An order. ``links`` names what may be done next, as far as its status goes; ``_redacted``
    what is hidden from you.
    """

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
    expanded = ExpandedBody(required=False, help_text="With `expand`")
    _redacted = serializers.ListField(child=serializers.CharField(), required=False)


@extend_schema_serializer(many=False)
class OrderListBody(Shape):
    data = OrderBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


@extend_schema_serializer(examples=[OpenApiExample("Accepted", value=ANSWERED, response_only=True)])
class AcknowledgementBody(Shape):
    """A vendor's answer, and where it left the order."""

    id = serializers.CharField()
    purchase_order = serializers.CharField()
    response = serializers.ChoiceField(choices=Response.choices)
    reason = serializers.CharField(allow_blank=True)
    lines = LineAnswerShape(many=True)
    order_status = serializers.CharField(help_text="Where the answer left the order")
    change = serializers.CharField(
        allow_null=True, help_text="The proposal that came with it, for the buyer to decide on"
    )
    order_revision = serializers.IntegerField(help_text="The revision that the answer made")
    at = serializers.DateTimeField()


@extend_schema_serializer(many=False)
class AcknowledgementListBody(Shape):
    data = AcknowledgementBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()
