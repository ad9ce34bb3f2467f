"""The shapes of a credit note, and the draft that a posted one stands for."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Day, PageBody, StrictSerializer, Text, Whole, many_of
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.policy.crediting import CreditDraft, CreditedLine
from apps.procurement.rest.bodies import TaxSubtotalBody
from apps.procurement.rest.fields import Money, Quantity, own_vendor
from apps.procurement.rest.invoice_examples import CREDIT, CREDITED

Shape = serializers.Serializer[Any]


class CreditedLineShape(StrictSerializer):
    line_no = Whole(min_value=1, max_value=999_999, help_text="The order's line")
    quantity = Quantity(help_text="0 when only money is taken back")
    net = Money(required=False, help_text="The quantity's share of the line when left out")


class CreditTotalsShape(StrictSerializer):
    """What you reckon the totals to be; they are compared with ours."""

    lines_net = Money(required=False)
    tax_exclusive = Money(required=False)
    tax = Money(required=False)
    tax_inclusive = Money(required=False)


@extend_schema_serializer(
    examples=[OpenApiExample("Eight returned", value=CREDIT, request_only=True)]
)
class CreditNoteShape(StrictSerializer):
    """Without lines, all that is left of the invoice is taken back, and it is void."""

    vendor = own_vendor()
    vendor_number = Text(max_length=60, help_text="Yours; once per year")
    issue_date = Day(help_text="At most 7 days ahead, and ten years back")
    reason = Text(max_length=500)
    lines = many_of(CreditedLineShape, required=False, max_length=MAX_LINES)
    totals = CreditTotalsShape(required=False)


class CreditTotalsBody(CreditTotalsShape):
    """Computed from the lines, or of the whole that was left."""

    closed = False
    by_tax = TaxSubtotalBody(many=True)


@extend_schema_serializer(examples=[OpenApiExample("Taken", value=CREDITED, response_only=True)])
class CreditNoteBody(Shape):
    """What was taken back; amounts are above zero."""

    id = serializers.CharField()
    number = serializers.CharField()
    vendor_number = serializers.CharField()
    type = serializers.CharField(help_text="381")
    invoice = serializers.CharField()
    invoice_revision = serializers.IntegerField(help_text="The invoice's revision that it made")
    issue_date = serializers.DateField()
    reason = serializers.CharField()
    currency = serializers.CharField()
    whole = serializers.BooleanField(help_text="Nothing of the invoice was left")
    lines = CreditedLineShape(many=True)
    totals = CreditTotalsBody()
    refundable = Money(help_text="What of it was paid already, so that you owe it back")
    created_at = serializers.DateTimeField()
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class CreditNoteListBody(Shape):
    data = CreditNoteBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


def credit_draft_of(said: dict[str, Any]) -> CreditDraft:
    """The credit note that a validated body stands for."""
    lines = tuple(CreditedLine(**line) for line in said.get("lines", ()))
    return CreditDraft(**{**said, "lines": lines})
