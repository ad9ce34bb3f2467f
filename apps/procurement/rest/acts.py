"""The shapes of what is done to a document: a reason, when it took effect, a vendor's answer."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

from apps.gateway.rest import Code, Day, Instant, StrictSerializer, Text, Whole, many_of
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.policy.drafts import Answer, LineAnswer
from apps.procurement.rest.examples import ACKNOWLEDGEMENT
from apps.procurement.rest.fields import Money, Quantity, own_vendor
from apps.procurement.states import Hold, LineResponse, Response


class ActShape(StrictSerializer):
    """An act on a document."""

    effective_at = Instant(
        required=False,
        help_text="When it took effect outside, such as by telephone: not later than now, nor "
        "before the document was made. It is only recorded; all rules go by our own clock.",
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Said", value={"reason": "As agreed by phone"}, request_only=True)]
)
class ReasonShape(ActShape):
    reason = Text(
        max_length=500, required=False, allow_blank=True, help_text="Why; it stays in the history"
    )


class LineAnswerShape(StrictSerializer):
    line_no = Whole(min_value=1, max_value=999_999)
    code = Code(choices=LineResponse.choices)
    promised_quantity = Quantity(required=False, allow_null=True)
    promised_price = Money(required=False, allow_null=True)
    promised_date = Day(required=False, allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample("Own side's", value={"reason": "Budget is being checked"}, request_only=True)
    ]
)
class HoldShape(ReasonShape):
    hold = Code(
        choices=Hold.choices,
        required=False,
        help_text="Your own side's when left out; compliance_hold is an approver's",
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Accepted", value=ACKNOWLEDGEMENT, request_only=True)]
)
class AnswerShape(StrictSerializer):
    reason = Text(
        max_length=500, required=False, allow_blank=True, help_text="Why; it stays in the history"
    )
    vendor = own_vendor()
    response = Code(choices=Response.choices)
    lines = many_of(LineAnswerShape, required=False, max_length=MAX_LINES)


def answer_of(said: dict[str, Any]) -> Answer:
    """The answer that a validated body stands for."""
    lines = tuple(LineAnswer(**line) for line in said.get("lines", ()))
    return Answer(**{**said, "lines": lines})
