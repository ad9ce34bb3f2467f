"""The shape of a proposal of change as it is posted."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer

from apps.gateway.rest import Day, StrictSerializer, Text, Whole, many_of
from apps.procurement.policy.checks import MAX_LINES
from apps.procurement.rest.addresses import AddressShape
from apps.procurement.rest.examples import PROPOSED_CHANGE
from apps.procurement.rest.fields import Flag, Money, Quantity
from apps.procurement.rest.orders import LineShape


class LineChangeShape(StrictSerializer):
    """What would change on a line; what is left out stays."""

    line_no = Whole(min_value=1, max_value=999_999)
    quantity = Quantity(required=False)
    unit_price = Money(required=False)
    need_by = Day(required=False, allow_null=True)
    remove = Flag(required=False, help_text="The line is left out; for the buyer to propose")


class DiffShape(StrictSerializer):
    """What would change; what is left out stays."""

    lines = many_of(LineChangeShape, required=False, max_length=MAX_LINES)
    new_lines = many_of(LineShape, required=False, max_length=MAX_LINES)
    requested_delivery = Day(required=False, allow_null=True)
    ship_to = AddressShape(required=False, allow_null=True)
    contract_ref = Text(max_length=200, required=False, allow_blank=True)


@extend_schema_serializer(
    examples=[OpenApiExample("Fewer", value=PROPOSED_CHANGE, request_only=True)]
)
class ChangeShape(DiffShape):
    """New lines, lines to remove, another address or contract are for the buyer to propose."""

    note = Text(max_length=500, required=False, allow_blank=True)
