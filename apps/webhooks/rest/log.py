"""The log's lists, and the shapes of its roots and proofs. Nothing here holds content."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Listing, PageBody, filters
from apps.gateway.rest.parameters import Parameter

Shape = serializers.Serializer[Any]
SIZE = {"type": "integer", "minimum": 1}
INDEX = {"type": "integer", "minimum": 0}
INCLUSION_QUERY = {
    "event": Parameter("An event by its id, such as `evt_…`; or else `index`."),
    "index": Parameter("An event by its place in the log, which counts from 0.", INDEX),
    "tree_size": Parameter("In the checkpoint of this size; or else in the first there is.", SIZE),
}
CONSISTENCY_QUERY = {
    "first": Parameter("Required: the size of the older checkpoint.", SIZE),
    "second": Parameter("Required: the size of the newer one.", SIZE),
}
ROOT = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
JWS = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.eyJ0cmVlX3NpemUiOjQzfQ.c2lnbmF0dXJl"
CHECKPOINT: dict[str, Any] = {
    "tree_size": 43,
    "root_hash": ROOT,
    "at": "2026-11-20T09:01:00.000000Z",
    "checkpoint": JWS,
    "links": {
        "self": "/api/v1/audit-log/checkpoints/43",
        "keys": "https://countersign.example/.well-known/countersign-keys",
    },
}
INCLUSION: dict[str, Any] = {
    "leaf_index": 42,
    "tree_size": 43,
    "leaf_hash": "5d53469f20fef4f8eab52b88044ede69c77a6a68a60728609fc4a65ff531e7d0",
    "path": [ROOT],
    "checkpoint": JWS,
}
CONSISTENCY: dict[str, Any] = {
    "first": 40,
    "second": 43,
    "path": [ROOT],
    "first_checkpoint": JWS,
    "second_checkpoint": JWS,
}


@extend_schema_serializer(examples=[OpenApiExample("A root", value=CHECKPOINT, response_only=True)])
class CheckpointBody(Shape):
    """A signed root of the log. Hashes are in hexadecimal."""

    tree_size = serializers.IntegerField(min_value=1, help_text="How many events it covers")
    root_hash = serializers.CharField()
    at = serializers.DateTimeField()
    checkpoint = serializers.CharField(
        help_text="Compact JWS of type `countersign-checkpoint+json`: "
        "`origin`, `tree_size`, `root_hash`, `at`"
    )
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class CheckpointListBody(Shape):
    data = CheckpointBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


@extend_schema_serializer(
    examples=[OpenApiExample("The last of 43 events", value=INCLUSION, response_only=True)]
)
class InclusionProofBody(Shape):
    """From an event's leaf to a signed root (RFC 6962 section 2.1.1)."""

    leaf_index = serializers.IntegerField(min_value=0)
    tree_size = serializers.IntegerField(min_value=1)
    leaf_hash = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField()


@extend_schema_serializer(
    examples=[OpenApiExample("From 40 events to 43", value=CONSISTENCY, response_only=True)]
)
class ConsistencyProofBody(Shape):
    """That the log of the ``second`` size begins with that of the ``first`` (section 2.1.2)."""

    first = serializers.IntegerField(min_value=1)
    second = serializers.IntegerField(min_value=1)
    path = serializers.ListField(child=serializers.CharField())
    first_checkpoint = serializers.CharField()
    second_checkpoint = serializers.CharField()


CHECKPOINTS = Listing(
    CheckpointBody,
    filters={"tree_size": filters.number("tree_size"), "at": filters.instant("at")},
    sorts={"tree_size": "tree_size"},
)
