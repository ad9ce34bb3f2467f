"""What may be done many times in one request, and the shapes of it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Code, StrictSerializer, Text, many_of
from apps.gateway.rest.batches import Call
from apps.procurement.rest.fields import Flag

PREFIX = "/api/v1/"
MAX_ITEMS = 100
# By type: the address each item goes to. What it needs and does stands there.
ADDRESSES = {
    "purchase_orders.create": "purchase-orders",
    "purchase_orders.submit": "purchase-orders/{id}/submit",
    "purchase_orders.issue": "purchase-orders/{id}/issue",
    "purchase_orders.cancel": "purchase-orders/{id}/cancel",
    "purchase_orders.close": "purchase-orders/{id}/close",
    "purchase_orders.acknowledge": "purchase-orders/{id}/acknowledgements",
    "shipments.create": "shipments",
    "receipts.create": "receipts",
    "invoices.create": "invoices",
}
NO_ID = "id"
SUBMITTED: dict[str, Any] = {
    "type": "purchase_orders.submit",
    "atomic": True,
    "items": [
        {
            "key": "submit-4711",
            "id": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3",
            "if_match": '"po_01J8Z3K4M5N6P7Q8R9S0T1V2W3.1"',
            "body": {"reason": ""},
        }
    ],
}

DONE: dict[str, Any] = {
    "type": "purchase_orders.submit",
    "atomic": True,
    "done": 1,
    "items": [
        {
            "key": "submit-4711",
            "status": 200,
            "replayed": False,
            "etag": '"po_01J8Z3K4M5N6P7Q8R9S0T1V2W3.2"',
            "body": {"id": "po_01J8Z3K4M5N6P7Q8R9S0T1V2W3", "status": "approved", "revision": 2},
        }
    ],
}


class BatchItemShape(StrictSerializer):
    key = Text(max_length=255, help_text="The item's own Idempotency-Key")
    id = serializers.RegexField(
        r"^[a-z]{2,5}_[0-9A-HJKMNP-TV-Z]{26}$",
        required=False,
        help_text="What the item acts on, where its type acts on something",
    )
    if_match = Text(
        max_length=1000, required=False, help_text="The ETag it was last read with, or several"
    )
    body = serializers.DictField(required=False, help_text="As a request of its own would have it")


@extend_schema_serializer(
    examples=[OpenApiExample("Submit orders", value=SUBMITTED, request_only=True)]
)
class BatchShape(StrictSerializer):
    """Up to 100 items of one type. With ``atomic``, all of them are done or none."""

    most_parts = 20_000  # Each item is held to what its own shape allows, too.
    type = Code(choices=list(ADDRESSES))
    atomic = Flag()
    items = many_of(BatchItemShape, allow_empty=False, max_length=MAX_ITEMS)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        acts_on_one = "{id}" in ADDRESSES[attrs["type"]]
        faults = [_fault(item, acts_on_one=acts_on_one) for item in attrs["items"]]
        keys = [item["key"] for item in attrs["items"]]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                faults[place]["key"] = [_error("Another item has this key.", "duplicate")]
        if any(faults):
            found = {str(place): fault for place, fault in enumerate(faults) if fault}
            raise serializers.ValidationError({"items": found})
        return attrs


def _fault(item: dict[str, Any], *, acts_on_one: bool) -> dict[str, list[Any]]:
    if acts_on_one and NO_ID not in item:
        return {NO_ID: [_error("Name what the item acts on.", "required")]}
    if not acts_on_one and NO_ID in item:
        return {NO_ID: [_error("Items of this type act on nothing yet.", "not-allowed")]}
    return {}


def _error(detail: str, code: str) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(detail, code=code)


def calls_of(said: dict[str, Any]) -> list[Call]:
    """The requests that a validated body stands for."""
    return [
        Call(
            path=address_of(said["type"], item.get("id", "")),
            key=item["key"],
            if_match=item.get("if_match", ""),
            body=item.get("body", {}),
        )
        for item in said["items"]
    ]


def address_of(kind: str, resource_id: str = "some") -> str:
    return PREFIX + ADDRESSES[kind].format(id=resource_id)


class BatchAnswerBody(serializers.Serializer[Any]):
    """What a request of its own would have been answered: ``body`` or ``problem``."""

    key = serializers.CharField()
    status = serializers.IntegerField()
    replayed = serializers.BooleanField()
    etag = serializers.CharField(required=False)
    location = serializers.CharField(required=False)
    body = serializers.DictField(required=False)
    problem = serializers.DictField(required=False)


@extend_schema_serializer(examples=[OpenApiExample("Done", value=DONE, response_only=True)])
class BatchBody(serializers.Serializer[Any]):
    """``done`` counts the items that stand; the answers are in the items' order."""

    type = serializers.CharField()
    atomic = serializers.BooleanField()
    done = serializers.IntegerField()
    items = BatchAnswerBody(many=True)
