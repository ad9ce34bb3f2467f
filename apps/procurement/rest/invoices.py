"""The shape of an invoice as it is posted, what is said to it, and the draft it stands for."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

from apps.gateway.rest import Code, Day, StrictSerializer, Text, Whole, many_of
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.policy.drafts import Tax
from apps.procurement.policy.invoices import InvoicedLine, InvoiceDraft
from apps.procurement.rest.acts import ActShape, ReasonShape
from apps.procurement.rest.fields import Money, Quantity, own_vendor
from apps.procurement.rest.invoice_examples import INVOICE, SETTLED
from apps.procurement.rest.orders import (
    MAX_ADJUSTMENTS,
    AdjustmentShape,
    LineAdjustmentShape,
    TaxShape,
    TotalsShape,
    adjustments_of,
)
from apps.procurement.states import InvoiceType, Resolution

SAID_BY_PEOPLE = [Resolution.ACCEPTED.value, Resolution.REJECTED.value]


class InvoicedLineShape(StrictSerializer):
    line_no = Whole(min_value=1, max_value=999_999, help_text="The order's line")
    quantity = Quantity()
    unit_price = Money()
    price_base_quantity = Quantity(
        required=False, help_text="What the price is for; the order's when left out"
    )
    allowances = many_of(LineAdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    charges = many_of(LineAdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    net = Money(required=False, help_text="What you reckon; it is compared with ours")
    tax = TaxShape()


@extend_schema_serializer(examples=[OpenApiExample("Paper", value=INVOICE, request_only=True)])
class InvoiceShape(StrictSerializer):
    """A line of the order is named once. ``vendor`` and ``currency`` are known from token and
    order; they may be repeated.
    """

    purchase_order = Text(max_length=40)
    vendor_number = Text(max_length=60, help_text="Yours; once per type and year")
    type = Code(choices=InvoiceType.choices, help_text="UNTDID 1001")
    issue_date = Day(help_text="At most 7 days ahead, and ten years back")
    due_date = Day(required=False, allow_null=True)
    vendor = own_vendor()
    currency = Text(
        max_length=3, required=False, help_text="The order's (ISO 4217); another is refused"
    )
    bank_account = Text(
        max_length=40, required=False, allow_null=True, help_text="A verified account of yours"
    )
    note = Text(max_length=4000, required=False, allow_blank=True)
    allowances = many_of(AdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    charges = many_of(AdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    lines = many_of(InvoicedLineShape, allow_empty=False, max_length=MAX_LINES)
    totals = TotalsShape(required=False, help_text="Compared with ours as far as they are given")


@extend_schema_serializer(
    examples=[OpenApiExample("Refused", value={"reason": "Not ours"}, request_only=True)]
)
class RejectionShape(ActShape):
    reason = Text(max_length=500, help_text="The vendor is told")


@extend_schema_serializer(
    examples=[OpenApiExample("Paid", value={"reference": "PAY-2026-118"}, request_only=True)]
)
class PaymentShape(ReasonShape):
    """``bank_account`` only where the invoice names none and the vendor has several."""

    bank_account = Text(
        max_length=40, required=False, allow_blank=True, help_text="A verified one of the vendor's"
    )
    reference = Text(
        max_length=100, required=False, allow_blank=True, help_text="The payment's own number"
    )


@extend_schema_serializer(examples=[OpenApiExample("Settled", value=SETTLED, request_only=True)])
class ResolutionShape(StrictSerializer):
    resolution = Code(choices=SAID_BY_PEOPLE)
    note = Text(max_length=500, help_text="Why; for the buyer's side only")


def invoice_draft_of(said: dict[str, Any]) -> InvoiceDraft:
    """The invoice that a validated body stands for."""
    plain = {name: value for name, value in said.items() if name != "type"}
    return InvoiceDraft(
        **{
            **plain,
            "document_type": said["type"],
            "bank_account": said.get("bank_account") or "",
            "lines": tuple(_line(line) for line in said["lines"]),
            "allowances": adjustments_of(said.get("allowances", ())),
            "charges": adjustments_of(said.get("charges", ())),
        }
    )


def _line(said: dict[str, Any]) -> InvoicedLine:
    return InvoicedLine(
        **{
            **said,
            "tax": Tax(**said["tax"]),
            "allowances": adjustments_of(said.get("allowances", ())),
            "charges": adjustments_of(said.get("charges", ())),
        }
    )
