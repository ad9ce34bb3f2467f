"""What is said to close a project."""

from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_field,
    extend_schema_serializer,
)

from apps.gateway.rest import StrictSerializer, Text, Truth, Whole
from apps.governance.services.closing import DAYS_IN_WORDS, WIND_DOWN_DAYS


@extend_schema_field({"type": "integer", "enum": [0, *WIND_DOWN_DAYS]})
class WindDownDays(Whole):
    """Which days there are is the service's to say."""


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Wind down",
            value={
                "reason": "All is ordered",
                "wind_down_days": 14,
                "acknowledge_blockers": True,
            },
            request_only=True,
        )
    ]
)
class CloseShape(StrictSerializer):
    reason = Text(max_length=300)
    wind_down_days = WindDownDays(
        required=False,
        help_text=f"For {DAYS_IN_WORDS}, what is under way may be finished; 0, which is what "
        "silence means: access ends now",
    )
    acknowledge_blockers = Truth(
        required=False, help_text="Close although something is not settled (project-has-blockers)"
    )
