"""Amounts and quantities in bodies, decimals in strings, exact or refused; and countries."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from apps.core.policy import country_faults
from apps.gateway.rest import Text
from apps.procurement.money import PRICE_DECIMALS, InexactAmountError, parse_decimal

QUANTITY_DIGITS, QUANTITY_DECIMALS = 13, 6
RATE_DIGITS, RATE_DECIMALS = 3, 4


@extend_schema_field({"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"})
class DecimalText(serializers.Field[Decimal, Any, str, Any]):
    """A plain decimal in a string; numbers are refused, for JSON's readers make them inexact."""

    def __init__(self, *, digits: int, places: int, **options: Any) -> None:  # noqa: ANN401 -- DRF's options
        super().__init__(**options)
        self.digits, self.places = digits, places

    def to_internal_value(self, data: Any) -> Decimal:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, str):
            raise ValidationError("Write the number in a string.", code="not-a-string")
        try:
            return parse_decimal(data, digits=self.digits, places=self.places)
        except InexactAmountError as error:
            raise ValidationError(str(error), code="not-a-decimal") from error


class Money(DecimalText):
    """An amount or a price; its currency is the document's."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 -- DRF's options
        super().__init__(digits=15, places=PRICE_DECIMALS, **options)


class Quantity(DecimalText):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401 -- DRF's options
        super().__init__(digits=QUANTITY_DIGITS, places=QUANTITY_DECIMALS, **options)


class Flag(serializers.BooleanField):
    """A JSON `true` or `false`; DRF's own takes texts and numbers too."""

    def to_internal_value(self, data: Any) -> bool:  # noqa: ANN401 -- whatever the body holds
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Rate(DecimalText):
    """A percentage."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 -- DRF's options
        super().__init__(digits=RATE_DIGITS, places=RATE_DECIMALS, **options)


def own_vendor() -> Text:
    """Whose document it is, for whoever repeats what is known (reference 3e)."""
    said = "Follows from your token; another is refused"
    return Text(max_length=40, required=False, help_text=said)


class Country(serializers.RegexField):
    def __init__(self, **options: Any) -> None:  # noqa: ANN401 -- DRF's options
        super().__init__(r"\A[A-Z]{2}\Z", help_text="ISO 3166-1, two letters", **options)

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401 -- whatever the body holds
        country = super().to_internal_value(data)
        for fault in country_faults(country):
            raise ValidationError(fault.detail, code=fault.code)
        return country
