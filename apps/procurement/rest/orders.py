"""The shape of an order as it is posted, and the draft it stands for."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Day, StrictSerializer, Text, Whole, many_of
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.policy.costs import FIELD, MAX_ALLOCATIONS
from apps.procurement.policy.drafts import (
    AdjustmentDraft,
    CostAllocation,
    LineDraft,
    OrderDraft,
    Tax,
)
from apps.procurement.rest.addresses import AddressShape
from apps.procurement.rest.costs import CostAllocationShape
from apps.procurement.rest.examples import ALLOCATED, ORDER
from apps.procurement.rest.fields import Money, Quantity, Rate

MAX_ADJUSTMENTS = 50
MAX_ITEM_IDS = 20


class TaxShape(StrictSerializer):
    category = Text(max_length=2, help_text="UN/CEFACT 5305, such as S for the standard rate")
    rate = Rate(help_text="Percent")


class LineAdjustmentShape(StrictSerializer):
    """Taken off a line or added to it; taxed as the line is."""

    reason = Text(max_length=200)
    amount = Money()


class AdjustmentShape(LineAdjustmentShape):
    """Taken off the order or added to it."""

    tax = TaxShape()


class ItemIdShape(StrictSerializer):
    scheme = Text(max_length=40, help_text="Such as 0160 for a GTIN")
    id = Text(max_length=100)


class LineShape(StrictSerializer):
    line_no = Whole(min_value=1, max_value=999_999)
    description = Text(max_length=500)
    item_ids = many_of(ItemIdShape, required=False, max_length=MAX_ITEM_IDS)
    category = Text(max_length=40, required=False, allow_blank=True)
    quantity = Quantity()
    uom = serializers.RegexField(r"^[A-Z0-9]{2,3}$", help_text="UN/ECE recommendation 20")
    unit_price = Money()
    price_base_quantity = Quantity(required=False)
    allowances = many_of(LineAdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    charges = many_of(LineAdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    tax = TaxShape()
    need_by = Day(required=False, allow_null=True)


class DraftedLineShape(LineShape):
    """A line with what of it is the buyer's own business."""

    cost_allocations = many_of(
        CostAllocationShape,
        required=False,
        max_length=MAX_ALLOCATIONS,
        help_text="Where its cost goes. With the scope `purchase_orders.cost:read` only; no vendor "
        "reads it",
    )


class TotalsShape(StrictSerializer):
    """What you reckon the totals to be; they are compared with ours."""

    lines_net = Money(required=False)
    allowances = Money(required=False)
    charges = Money(required=False)
    tax_exclusive = Money(required=False)
    tax = Money(required=False)
    tax_inclusive = Money(required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample("Paper", value=ORDER, request_only=True),
        OpenApiExample("With cost centres", value=ALLOCATED, request_only=True),
    ]
)
class OrderShape(StrictSerializer):
    project = Text(max_length=40)
    vendor = Text(max_length=40)
    currency = Text(max_length=3, help_text="ISO 4217")
    reference = Text(max_length=100, required=False, allow_blank=True)
    contract_ref = Text(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="The contract that the order is placed under",
    )
    requested_delivery = Day(required=False, allow_null=True)
    ship_to = AddressShape(required=False, allow_null=True)
    bill_to = AddressShape(required=False, allow_null=True)
    terms = Text(max_length=4000, required=False, allow_blank=True)
    note = Text(max_length=4000, required=False, allow_blank=True)
    allowances = many_of(AdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    charges = many_of(AdjustmentShape, required=False, max_length=MAX_ADJUSTMENTS)
    lines = many_of(DraftedLineShape, allow_empty=False, max_length=MAX_LINES)
    totals = TotalsShape(required=False)


def draft_of(said: dict[str, Any], *, costs: bool = False) -> OrderDraft:
    """The draft that a validated body stands for. With ``costs`` it speaks of them: where it names
    none, there are none.
    """
    return OrderDraft(
        **{
            **said,
            "lines": tuple(line_draft_of(line, costs=costs) for line in said["lines"]),
            "allowances": adjustments_of(said.get("allowances", ())),
            "charges": adjustments_of(said.get("charges", ())),
        }
    )


def line_draft_of(said: dict[str, Any], *, costs: bool = False) -> LineDraft:
    """The line that a validated part of a body stands for."""
    return LineDraft(
        **{
            **said,
            "tax": Tax(**said["tax"]),
            "item_ids": tuple(said.get("item_ids", ())),
            "allowances": adjustments_of(said.get("allowances", ())),
            "charges": adjustments_of(said.get("charges", ())),
            FIELD: tuple(CostAllocation(**one) for one in said.get(FIELD, ())) if costs else None,
        }
    )


def adjustments_of(said: Any) -> tuple[AdjustmentDraft, ...]:  # noqa: ANN401 -- validated by the shapes
    """What a validated list of allowances or charges stands for."""
    return tuple(
        AdjustmentDraft(**{**item, "tax": Tax(**item["tax"]) if "tax" in item else None})
        for item in said
    )
