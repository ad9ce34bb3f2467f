"""Ship notices: the list, one, and taking one back."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    actor_of,
    detail_response,
    list_response,
    mark_answer,
    precondition_of,
    read_body,
    repeatable,
    resource_response,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import answer_once
from apps.procurement.formats.shipments import shipment_body, shipment_path
from apps.procurement.models import ShipmentNotice
from apps.procurement.rest.acts import ReasonShape
from apps.procurement.rest.shipments import (
    ONE_SHIPMENT,
    SHIPMENTS,
    ShipmentBody,
    ShipmentListBody,
    ShipmentShape,
    shipment_draft_of,
)
from apps.procurement.selectors.shipments import shipments_visible_to, visible_shipment
from apps.procurement.services import announce_shipment, withdraw_shipment

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the notice is."
)
REFUSALS = ("role-not-permitted", "project-closed", "invalid-transition")


class ShipmentList(ApiView):
    required_scopes: ClassVar = {"GET": ("shipments:read",), "POST": ("shipments:write",)}
    listing = SHIPMENTS
    repeatable = True
    problem_codes: ClassVar = {
        "POST": (*REFUSALS, "not-found", "order-on-hold", "unit-not-allowed")
    }

    @extend_schema(
        responses=ShipmentListBody,
        operation_id="list_shipments",
        summary="List ship notices, newest first",
    )
    def get(self, request: Request) -> Response:
        rows = shipments_visible_to(actor_of(request))
        return list_response(request, self.listing, rows, shipment_body)

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
        answer = answer_once(
            request=once,
            at=self.at,
            status=201,
            work=lambda: announce_shipment(actor=actor, at=self.at, draft=draft),
        )
        shipment = answer.resource or visible_shipment(actor=actor, shipment_id=answer.resource_id)
        response = shipment_response(shipment, location=shipment_path(shipment))
        return mark_answer(response, answer)


class ShipmentDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("shipments:read",)}
    fieldset = ONE_SHIPMENT

    @extend_schema(
        responses=ShipmentBody, operation_id="get_shipment", summary="Read one ship notice"
    )
    def get(self, request: Request, shipment_id: str) -> Response:
        shipment = visible_shipment(actor=actor_of(request), shipment_id=shipment_id)
        return detail_response(request, self.fieldset, shipment, shipment_body)


class ShipmentWithdraw(ApiView):
    required_scopes: ClassVar = {"POST": ("shipments:write",)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": REFUSALS}

    @extend_schema(
        request=ReasonShape,
        responses=ShipmentBody,
        operation_id="withdraw_shipment",
        summary="Withdraw a ship notice of which nothing was received",
    )
    def post(self, request: Request, shipment_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        reason = read_body(request, ReasonShape).get("reason", "")
        answer = answer_once(
            request=once,
            at=self.at,
            status=200,
            work=lambda: withdraw_shipment(
                actor=actor,
                at=self.at,
                shipment_id=shipment_id,
                precondition=precondition_of(request),
                reason=reason,
            ),
        )
        shipment = answer.resource or visible_shipment(actor=actor, shipment_id=answer.resource_id)
        return mark_answer(shipment_response(shipment), answer)


def shipment_response(shipment: ShipmentNotice, *, location: str = "") -> Response:
    body = shipment_body(shipment)
    return resource_response(shipment, body, revision=shipment.revision, location=location)
