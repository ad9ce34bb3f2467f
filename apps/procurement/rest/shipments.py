"""The shapes of ship notices, and the notice that a posted one stands for."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import (
    Day,
    Fieldset,
    Instant,
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
from apps.procurement.models import PurchaseOrder, ShipmentNotice
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.policy.shipments import ShipmentDraft, ShippedLine
from apps.procurement.rest.fields import Quantity, own_vendor
from apps.procurement.selectors.known import shipments_known_to
from apps.procurement.selectors.orders import orders_known_to
from apps.procurement.states import ShipmentStatus
from apps.projects.models import Project
from apps.projects.selectors.visible import projects_known_to

Shape = serializers.Serializer[Any]
MAX_NUMBERS = 1000
PATH = "/api/v1/shipments/shp_01J8Z3K4M5N6P7Q8R9S0T1V2W3"
SHIPMENT: dict[str, Any] = {
    "purchase_order": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "reference": "LS-778",
    "carrier": "Bring",
    "tracking": "370000000000000001",
    "shipped_at": "2026-11-28T14:00:00Z",
    "eta": "2026-12-01",
    "note": "",
    "lines": [
        {
            "line_no": 1,
            "quantity": "20",
            "packages": 2,
            "package_unit": "XBX",
            "lots": ["2026-44"],
            "serials": [],
        }
    ],
}
ANNOUNCED: dict[str, Any] = {
    "id": "shp_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    "number": "SHP-2026-000017",
    "vendor": "ptr_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
    **SHIPMENT,
    "status": "announced",
    "revision": 1,
    "created_at": "2026-11-28T14:05:00Z",
    "updated_at": "2026-11-28T14:05:00Z",
    "withdrawn_at": None,
    "withdrawal_reason": "",
    "links": {
        "self": PATH,
        "purchase_order": "/api/v1/purchase-orders/po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
        "withdraw": f"{PATH}/withdraw",
    },
}


def _numbers(help_text: str) -> serializers.ListField:
    return serializers.ListField(
        child=Text(max_length=100), max_length=MAX_NUMBERS, required=False, help_text=help_text
    )


class ShippedLineShape(StrictSerializer):
    """How much of a line is under way, and how it is packed."""

    line_no = Whole(min_value=1, max_value=999_999)
    quantity = Quantity()
    packages = Whole(min_value=1, max_value=1_000_000, required=False, allow_null=True)
    package_unit = serializers.RegexField(
        r"\AX[A-Z0-9]{2}\Z",
        required=False,
        allow_blank=True,
        help_text="UN/ECE recommendation 21 with an X before it, such as XBX",
    )
    lots = _numbers("The maker's numbers of what was made together")
    serials = _numbers("One per piece")


@extend_schema_serializer(examples=[OpenApiExample("Two boxes", value=SHIPMENT, request_only=True)])
class ShipmentShape(StrictSerializer):
    purchase_order = Text(max_length=40)
    vendor = own_vendor()
    reference = Text(
        max_length=100, required=False, allow_blank=True, help_text="Your own number of it"
    )
    carrier = Text(max_length=100, required=False, allow_blank=True)
    tracking = Text(max_length=100, required=False, allow_blank=True)
    shipped_at = Instant(required=False, allow_null=True)
    eta = Day(required=False, allow_null=True, help_text="The day it is expected to arrive")
    note = Text(max_length=4000, required=False, allow_blank=True)
    lines = many_of(ShippedLineShape, allow_empty=False, max_length=MAX_LINES)


@extend_schema_serializer(
    examples=[OpenApiExample("Announced", value=ANNOUNCED, response_only=True)]
)
class ShipmentBody(ShipmentShape):
    """Goods under way."""

    closed = False
    id = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=ShipmentStatus.choices)
    revision = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawal_reason = serializers.CharField(allow_blank=True)
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class ShipmentListBody(Shape):
    data = ShipmentBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


ONE_SHIPMENT = Fieldset(ShipmentBody)
SHIPMENTS = Listing(
    ShipmentBody,
    filters={
        "id": filters.public_id("pk", ShipmentNotice.id_prefix, gate=shipments_known_to),
        "number": filters.text("number"),
        "reference": filters.text("reference"),
        "status": filters.choice("status", ShipmentStatus.values),
        "purchase_order": filters.public_id(
            "order_id", PurchaseOrder.id_prefix, gate=orders_known_to
        ),
        "project": filters.public_id("project_id", Project.id_prefix, gate=projects_known_to),
        "vendor": filters.public_id("vendor_id", Partner.id_prefix, gate=companies_known_to),
        "tracking": filters.text("tracking"),
        "created_at": filters.instant("created_at"),
        "updated_at": filters.instant("updated_at"),
        "shipped_at": filters.instant("shipped_at", nullable=True),
        "eta": filters.day("eta", nullable=True),
    },
    sorts={
        "created_at": "created_at",
        "updated_at": "updated_at",
        "eta": "eta",
        "number": "number",
    },
    parts={"lines": ("lines",)},
)


def shipment_draft_of(said: dict[str, Any]) -> ShipmentDraft:
    """The notice that a validated body stands for."""
    lines = [ShippedLine(**line) for line in said["lines"]]
    return ShipmentDraft(**{**said, "lines": lines})
