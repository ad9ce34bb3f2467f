"""Body fields that take what they say and nothing like it: a number is not a text."""

import re
from datetime import date, datetime
from typing import Any

from rest_framework import serializers

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


class Text(serializers.CharField):
    """A JSON string; DRF's own takes numbers too."""

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Code(serializers.ChoiceField):
    """A JSON string out of a list, which a refusal names."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- DRF's signature
        super().__init__(choices, **kwargs)
        known = ", ".join(str(choice) for choice in self.choices)
        self.error_messages["invalid_choice"] = f'"{{input}}" is none of {known}.'

    def to_internal_value(self, data: Any) -> Any:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction; DRF's own takes texts too."""

    def to_internal_value(self, data: Any) -> int:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Truth(serializers.BooleanField):
    """A JSON boolean; DRF's own takes texts and numbers too."""

    def to_internal_value(self, data: Any) -> bool:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Day(serializers.DateField):
    """A calendar day as `2026-12-01`; Python would also read weeks and days of the year."""

    def to_internal_value(self, data: Any) -> date:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, str) or not DAY.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(data)


class Instant(serializers.DateTimeField):
    """A point in time by RFC 3339, with its offset; DRF's own takes times of no place too."""

    def to_internal_value(self, data: Any) -> datetime:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, str) or not INSTANT.fullmatch(data):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return super().to_internal_value(data)
