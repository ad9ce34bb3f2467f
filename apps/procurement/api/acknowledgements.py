"""A vendor's answers to an order."""

from typing import ClassVar

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
from apps.procurement.formats.acknowledgements import acknowledgement_body, acknowledgement_path
from apps.procurement.models import Acknowledgement, PurchaseOrder
from apps.procurement.rest.acts import AnswerShape, answer_of
from apps.procurement.rest.bodies import AcknowledgementBody, AcknowledgementListBody
from apps.procurement.rest.listings import ACKNOWLEDGEMENT, ACKNOWLEDGEMENTS
from apps.procurement.selectors.acknowledgements import acknowledgement_of, acknowledgements_of
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import acknowledge_order

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the answer is."
)


class AcknowledgementList(ApiView):
    required_scopes: ClassVar = {
        "GET": ("purchase_orders:read",),
        "POST": ("purchase_orders:acknowledge",),
    }
    listing = ACKNOWLEDGEMENTS
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {
        "POST": (
            "role-not-permitted",
            "action-not-granted",
            "invalid-transition",
            "already-submitted",
            "conflict",
            "unit-not-allowed",
            "principal-mismatch",
        ),
    }

    @extend_schema(
        responses=AcknowledgementListBody,
        operation_id="list_purchase_order_acknowledgements",
        summary="List a vendor's answers to an order, newest first",
    )
    def get(self, request: Request, order_id: str) -> Response:
        order = visible_order(actor=actor_of(request), order_id=order_id, parts=False)
        rows = acknowledgements_of(order)
        return list_response(request, self.listing, rows, acknowledgement_body)

    @extend_schema(
        request=AnswerShape,
        responses={201: AcknowledgementBody},
        operation_id="acknowledge_purchase_order",
        parameters=[LOCATION],
        summary="Answer an order",
    )
    def post(self, request: Request, order_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        said = answer_of(read_body(request, AnswerShape))

        def order() -> PurchaseOrder:
            return visible_order(actor=actor, order_id=order_id, parts=False)

        def work(key: str) -> Acknowledgement:
            made = acknowledge_order(
                actor=actor,
                at=self.at,
                order_id=order_id,
                answer=said,
                precondition=precondition_of(request),
                idempotency_key_sha256=key,
            )
            return acknowledgement_of(order(), made.public_id)

        write = Write(
            work=work,
            gate=order,
            again=lambda found: acknowledgement_of(order(), found),
            render=acknowledgement_body,
            reads="purchase_orders:read",
            place=acknowledgement_path,
        )
        return answer_write(request, once, write, at=self.at, status=201)


class AcknowledgementDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    fieldset = ACKNOWLEDGEMENT

    @extend_schema(
        responses=AcknowledgementBody,
        operation_id="get_purchase_order_acknowledgement",
        summary="Read one answer to an order",
    )
    def get(self, request: Request, order_id: str, acknowledgement_id: str) -> Response:
        order = visible_order(actor=actor_of(request), order_id=order_id, parts=False)
        acknowledgement = acknowledgement_of(order, acknowledgement_id)
        return detail_response(request, self.fieldset, acknowledgement, acknowledgement_body)
