"""What is said to close a project."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

from apps.gateway.rest import StrictSerializer, Text, Truth, Whole
from apps.governance.services.closing import MOST_WIND_DOWN_DAYS


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
    wind_down_days = Whole(
        min_value=0,
        max_value=MOST_WIND_DOWN_DAYS,
        required=False,
        help_text="So long, what is under way may be finished; 0, which is what silence means: "
        "access ends now",
    )
    acknowledge_blockers = Truth(
        required=False, help_text="Close although something is not settled (project-has-blockers)"
    )
