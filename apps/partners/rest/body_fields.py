"""Fields of what is shown of a vendor: any may be missing, and `_redacted` then names it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

Shape = serializers.Serializer[Any]


def shown(value: dict[str, Any]) -> Any:  # noqa: ANN401 -- the library's untyped decorator
    return extend_schema_serializer(
        examples=[OpenApiExample("Example", value=value, response_only=True)]
    )


def maybe(length: int | None = None, **options: Any) -> serializers.CharField:  # noqa: ANN401 -- DRF's options
    return serializers.CharField(required=False, max_length=length, **options)


def moment() -> serializers.DateTimeField:
    return serializers.DateTimeField(required=False, allow_null=True)


def redacted() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The groups that are hidden."
    )
