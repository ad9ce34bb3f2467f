"""The shapes of receipts, and the receipt that a posted one stands for."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import (
    Fieldset,
    Listing,
    PageBody,
    StrictSerializer,
    Text,
    Whole,
    filters,
    many_of,
)
from apps.partners.models import Partner
from apps.partners.selectors.companies import companies_known_to
from apps.procurement.models import PurchaseOrder, Receipt, ShipmentNotice
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.policy.receipts import ReceiptDraft, ReceivedLine
from apps.procurement.rest.fields import Quantity
from apps.procurement.selectors.known import receipts_known_to, shipments_known_to
from apps.procurement.selectors.orders import orders_known_to
from apps.procurement.states import ReceiptStatus
from apps.projects.models import Project
from apps.projects.selectors.visible import projects_known_to

Shape = serializers.Serializer[Any]
PATH = "/api/v1/receipts/rcp_01J8Z3K4M5N6P7Q8R9S0T1V2W3"
RECEIPT: dict[str, Any] = {
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "lines": [{"line_no": 1, "quantity": "20", "rejected": "2", "reason": "wet"}],
    "note": "Gate 3",
}
POSTED: dict[str, Any] = {
    "id": "rcp_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "number": "RCP-2026-000042",
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "order_revision": 5,
    "status": "posted",
    "revision": 1,
    "shipment": None,
    "reversal_of": None,
    "reversed_by": None,
    "lines": RECEIPT["lines"],
    "note": "Gate 3",
    "reason": "",
    "posted_at": "2026-12-01T09:00:00Z",
    "effective_at": None,
    "receiver": "clt_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "links": {
        "self": PATH,
        "purchase_order": "/api/v1/purchase-orders/po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "reverse": f"{PATH}/reverse",
    },
}


class ReceivedLineShape(StrictSerializer):
    """How much of a line came, and how much of that was turned away."""

    line_no = Whole(min_value=1, max_value=999_999)
    quantity = Quantity(help_text="All that came, with what was turned away")
    rejected = Quantity(required=False, help_text="May be delivered again, and is not invoiced")
    reason = Text(
        max_length=200, required=False, allow_blank=True, help_text="Why some was turned away"
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Two turned away", value=RECEIPT, request_only=True)]
)
class ReceiptShape(StrictSerializer):
    purchase_order = Text(max_length=40)
    shipment = Text(max_length=40, required=False, help_text="The notice that announced it")
    note = Text(
        max_length=4000, required=False, allow_blank=True, help_text="The vendor reads it too"
    )
    lines = many_of(ReceivedLineShape, allow_empty=False, max_length=MAX_LINES)


@extend_schema_serializer(examples=[OpenApiExample("Posted", value=POSTED, response_only=True)])
class ReceiptBody(Shape):
    """What came. A reversal has the quantities of what it takes back, below zero."""

    id = serializers.CharField()
    number = serializers.CharField()
    purchase_order = serializers.CharField()
    order_revision = serializers.IntegerField(help_text="The order's revision that it made")
    status = serializers.ChoiceField(choices=ReceiptStatus.choices)
    revision = serializers.IntegerField()
    shipment = serializers.CharField(allow_null=True)
    reversal_of = serializers.CharField(allow_null=True)
    reversed_by = serializers.CharField(allow_null=True)
    lines = ReceivedLineShape(many=True)
    note = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True, help_text="Of a reversal")
    posted_at = serializers.DateTimeField()
    effective_at = serializers.DateTimeField(
        allow_null=True, help_text="When a reversal took effect outside, as was said"
    )
    receiver = serializers.CharField(
        required=False, help_text="Who posted it; shown to the buyer's side"
    )
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class ReceiptListBody(Shape):
    data = ReceiptBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


ONE_RECEIPT = Fieldset(ReceiptBody)
RECEIPTS = Listing(
    ReceiptBody,
    filters={
        "id": filters.public_id("pk", Receipt.id_prefix, gate=receipts_known_to),
        "number": filters.text("number"),
        "status": filters.choice("status", ReceiptStatus.values),
        "purchase_order": filters.public_id(
            "order_id", PurchaseOrder.id_prefix, gate=orders_known_to
        ),
        "shipment": filters.public_id(
            "shipment_id", ShipmentNotice.id_prefix, nullable=True, gate=shipments_known_to
        ),
        "reversal_of": filters.public_id(
            "reversal_of_id", Receipt.id_prefix, nullable=True, gate=receipts_known_to
        ),
        "project": filters.public_id("project_id", Project.id_prefix, gate=projects_known_to),
        "vendor": filters.public_id("vendor_id", Partner.id_prefix, gate=companies_known_to),
        "posted_at": filters.instant("posted_at"),
    },
    sorts={"posted_at": "posted_at", "number": "number"},
    parts={"lines": ("lines",)},
)


def receipt_draft_of(said: dict[str, Any]) -> ReceiptDraft:
    """The receipt that a validated body stands for."""
    lines = [ReceivedLine(**line) for line in said["lines"]]
    return ReceiptDraft(**{**said, "lines": lines})
