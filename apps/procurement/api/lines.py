"""Lines of a purchase order."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, list_response
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.lines import line_body
from apps.procurement.rest.bodies import LineListBody
from apps.procurement.rest.listings import LINES
from apps.procurement.selectors.lines import lines_of
from apps.procurement.selectors.orders import visible_order


class LineList(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    listing = LINES

    @extend_schema(
        responses=LineListBody,
        operation_id="list_purchase_order_lines",
        summary="List an order's lines, with what was delivered and invoiced",
    )
    def get(self, request: Request, order_id: str) -> Response:
        order = visible_order(actor=actor_of(request), order_id=order_id, parts=False)
        rows = lines_of(order)
        return list_response(request, self.listing, rows, lambda line: line_body(line, order))
