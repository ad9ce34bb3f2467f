"""A vendor's answers to an order."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    actor_of,
    mark_answer,
    precondition_of,
    read_body,
    repeatable,
    resource_response,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import answer_once
from apps.procurement.formats import acknowledgement_body
from apps.procurement.rest.acts import AnswerShape, answer_of
from apps.procurement.rest.bodies import AcknowledgementBody
from apps.procurement.selectors.orders import visible_acknowledgement
from apps.procurement.services import acknowledge_order


class AcknowledgementList(ApiView):
    required_scopes: ClassVar = {"POST": ("purchase_orders:acknowledge",)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": ("role-not-permitted", "invalid-transition")}

    @extend_schema(
        request=AnswerShape,
        responses={201: AcknowledgementBody},
        operation_id="acknowledge_purchase_order",
        summary="Answer an order",
    )
    def post(self, request: Request, order_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        said = answer_of(read_body(request, AnswerShape))
        answer = answer_once(
            request=once,
            at=self.at,
            status=201,
            work=lambda: acknowledge_order(
                actor=actor,
                at=self.at,
                order_id=order_id,
                answer=said,
                precondition=precondition_of(request),
                idempotency_key_sha256=once.key_sha256,
            ),
        )
        acknowledgement = visible_acknowledgement(
            actor=actor, acknowledgement_id=answer.resource_id
        )
        body = acknowledgement_body(acknowledgement)
        return mark_answer(resource_response(acknowledgement, body, revision=1), answer)
