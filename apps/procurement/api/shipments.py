"""Ship notices: the list, one, and taking one back."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    Write,
    actor_of,
    answer_write,
    detail_response,
    list_response,
    precondition_of,
    read_body,
    repeatable,
)
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.shipments import shipment_body, shipment_path
from apps.procurement.rest.act_examples import WITHDRAWN
from apps.procurement.rest.acts import ReasonShape
from apps.procurement.rest.shipments import (
    ONE_SHIPMENT,
    SHIPMENTS,
    ShipmentBody,
    ShipmentListBody,
    ShipmentShape,
    shipment_draft_of,
)
from apps.procurement.selectors.orders import visible_order
from apps.procurement.selectors.shipments import shipments_visible_to, visible_shipment
from apps.procurement.services import announce_shipment, withdraw_shipment

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the notice is."
)
READ = "shipments:read"
REFUSALS = ("role-not-permitted", "action-not-granted", "project-closed", "invalid-transition")


class ShipmentList(ApiView):
    required_scopes: ClassVar = {"GET": ("shipments:read",), "POST": ("shipments:write",)}
    listing = SHIPMENTS
    repeatable = True
    problem_codes: ClassVar = {
        "POST": (
            *REFUSALS,
            "not-found",
            "order-on-hold",
            "unit-not-allowed",
            "principal-mismatch",
        )
    }

    @extend_schema(
        responses=ShipmentListBody,
        operation_id="list_shipments",
        summary="List ship notices, newest first",
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        rows = shipments_visible_to(actor)
        return list_response(request, self.listing, rows, lambda row: shipment_body(row, actor))

    @extend_schema(
        request=ShipmentShape,
        responses={201: ShipmentBody},
        operation_id="announce_shipment",
        parameters=[LOCATION],
        summary="Announce goods of an order",
    )
    def post(self, request: Request) -> Response:
        actor, once = actor_of(request), repeatable(request)
        draft = shipment_draft_of(read_body(request, ShipmentShape))
        write = Write(
            work=lambda _key: announce_shipment(actor=actor, at=self.at, draft=draft),
            gate=lambda: visible_order(actor=actor, order_id=draft.purchase_order, parts=False),
            again=lambda found: visible_shipment(actor=actor, shipment_id=found),
            render=lambda shipment: shipment_body(shipment, actor),
            reads=READ,
            place=shipment_path,
        )
        return answer_write(request, once, write, at=self.at, status=201)


class ShipmentDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("shipments:read",)}
    fieldset = ONE_SHIPMENT

    @extend_schema(
        responses=ShipmentBody, operation_id="get_shipment", summary="Read one ship notice"
    )
    def get(self, request: Request, shipment_id: str) -> Response:
        actor = actor_of(request)
        shipment = visible_shipment(actor=actor, shipment_id=shipment_id)
        return detail_response(
            request, self.fieldset, shipment, lambda shown: shipment_body(shown, actor)
        )


class ShipmentWithdraw(ApiView):
    required_scopes: ClassVar = {"POST": ("shipments:write",)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": REFUSALS}

    @extend_schema(
        request=ReasonShape,
        responses={200: WITHDRAWN},
        operation_id="withdraw_shipment",
        summary="Withdraw a ship notice of which nothing was received",
    )
    def post(self, request: Request, shipment_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        told: dict[str, Any] = read_body(request, ReasonShape)
        write = Write(
            work=lambda _key: withdraw_shipment(
                actor=actor,
                at=self.at,
                shipment_id=shipment_id,
                precondition=precondition_of(request),
                **told,
            ),
            gate=lambda: visible_shipment(actor=actor, shipment_id=shipment_id),
            again=lambda found: visible_shipment(actor=actor, shipment_id=found),
            render=lambda shipment: shipment_body(shipment, actor),
            reads=READ,
        )
        return answer_write(request, once, write, at=self.at)
