"""Lines of a purchase order."""

from functools import partial
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, list_response
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.lines import line_body
from apps.procurement.policy.costs import COST_SCOPE
from apps.procurement.rest.bodies import LineListBody
from apps.procurement.rest.listings import LINES
from apps.procurement.selectors.lines import lines_of
from apps.procurement.selectors.orders import visible_order


class LineList(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    optional_scopes: ClassVar = {"GET": (COST_SCOPE,)}
    listing = LINES

    @extend_schema(
        responses=LineListBody,
        operation_id="list_purchase_order_lines",
        summary="List an order's lines, with what was delivered and invoiced",
    )
    def get(self, request: Request, order_id: str) -> Response:
        actor = actor_of(request)
        order = visible_order(actor=actor, order_id=order_id, parts=False)
        render = partial(line_body, order=order, actor=actor)
        return list_response(request, self.listing, lines_of(order), render)
