"""Receipts: the list, one, and taking one back."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
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
from apps.procurement.formats.receipts import receipt_body, receipt_path
from apps.procurement.models import Receipt
from apps.procurement.rest.act_examples import REVERSED
from apps.procurement.rest.acts import ReasonShape
from apps.procurement.rest.receipts import (
    ONE_RECEIPT,
    RECEIPTS,
    ReceiptBody,
    ReceiptListBody,
    ReceiptShape,
    receipt_draft_of,
)
from apps.procurement.selectors.orders import visible_order
from apps.procurement.selectors.receipts import receipts_visible_to, visible_receipt
from apps.procurement.services import post_receipt, reverse_receipt

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where it is."
)
REFUSALS = (
    "role-not-permitted",
    "action-not-granted",
    "project-closed",
    "invalid-transition",
    "order-on-hold",
)


class ReceiptList(ApiView):
    required_scopes: ClassVar = {"GET": ("receipts:read",), "POST": ("receipts:write",)}
    listing = RECEIPTS
    repeatable = True
    problem_codes: ClassVar = {"POST": (*REFUSALS, "not-found", "over-receipt", "unit-not-allowed")}

    @extend_schema(
        responses=ReceiptListBody,
        operation_id="list_receipts",
        summary="List receipts, newest first",
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        return list_response(request, self.listing, receipts_visible_to(actor), rendered_for(actor))

    @extend_schema(
        request=ReceiptShape,
        responses={201: ReceiptBody},
        operation_id="post_receipt",
        parameters=[LOCATION],
        summary="Post what came of an order",
    )
    def post(self, request: Request) -> Response:
        actor, once = actor_of(request), repeatable(request)
        draft = receipt_draft_of(read_body(request, ReceiptShape))
        write = written(
            actor,
            lambda key: post_receipt(
                actor=actor, at=self.at, draft=draft, idempotency_key_sha256=key
            ),
            gate=lambda: visible_order(actor=actor, order_id=draft.purchase_order, parts=False),
        )
        return answer_write(request, once, write, at=self.at, status=201)


class ReceiptDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("receipts:read",)}
    fieldset = ONE_RECEIPT

    @extend_schema(responses=ReceiptBody, operation_id="get_receipt", summary="Read one receipt")
    def get(self, request: Request, receipt_id: str) -> Response:
        actor = actor_of(request)
        receipt = visible_receipt(actor=actor, receipt_id=receipt_id)
        return detail_response(request, self.fieldset, receipt, rendered_for(actor))


class ReceiptReverse(ApiView):
    """If-Match names the receipt's ETag; the answer is the receipt that takes it back."""

    required_scopes: ClassVar = {"POST": ("receipts:write",)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": (*REFUSALS, "conflict")}

    @extend_schema(
        request=ReasonShape,
        responses={201: REVERSED},
        operation_id="reverse_receipt",
        parameters=[LOCATION],
        summary="Take a whole receipt back, once",
    )
    def post(self, request: Request, receipt_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        told: dict[str, Any] = read_body(request, ReasonShape)
        write = written(
            actor,
            lambda key: reverse_receipt(
                actor=actor,
                at=self.at,
                receipt_id=receipt_id,
                precondition=precondition_of(request),
                idempotency_key_sha256=key,
                **told,
            ),
            gate=lambda: visible_receipt(actor=actor, receipt_id=receipt_id),
        )
        return answer_write(request, once, write, at=self.at, status=201)


def rendered_for(actor: Actor) -> Callable[[Receipt], dict[str, Any]]:
    return lambda receipt: receipt_body(receipt, actor)


def written(
    actor: Actor, work: Callable[[str], Receipt], *, gate: Callable[[], object]
) -> Write[Receipt]:
    return Write(
        work=work,
        gate=gate,
        again=lambda found: visible_receipt(actor=actor, receipt_id=found),
        render=rendered_for(actor),
        reads="receipts:read",
        place=receipt_path,
    )
