"""The acts on a purchase order, each a move or a hold."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    StrictSerializer,
    Write,
    actor_of,
    answer_write,
    precondition_of,
    read_body,
    repeatable,
)
from apps.gateway.rest.views import ApiView
from apps.procurement.api.orders import READ
from apps.procurement.errors import PURCHASE_REFUSALS
from apps.procurement.formats.orders import order_body
from apps.procurement.models import PurchaseOrder
from apps.procurement.rest.act_examples import ORDER_ANSWERS
from apps.procurement.rest.acts import HoldShape, ReasonShape
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import (
    approve_order,
    cancel_order,
    close_order,
    hold_order,
    issue_order,
    reject_order,
    release_order,
    submit_order,
)
from apps.procurement.states import Hold

REFUSALS = ("role-not-permitted", "invalid-transition", "action-not-granted")
BUYING = (*REFUSALS, *PURCHASE_REFUSALS, "partner-suspended")
Handler = TypeVar("Handler", bound=Callable[..., Response])


class OrderAct(ApiView):
    """An act on an order; its service is what differs, and the shape that says what the service
    is told.
    """

    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": REFUSALS}
    shape: ClassVar[type[StrictSerializer]] = ReasonShape
    service: ClassVar[Callable[..., PurchaseOrder]]

    def act(self, request: Request, order_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        told = self.told(read_body(request, self.shape))
        write = Write(
            work=lambda key: type(self).service(
                actor=actor,
                at=self.at,
                order_id=order_id,
                precondition=precondition_of(request),
                idempotency_key_sha256=key,
                **told,
            ),
            gate=lambda: visible_order(actor=actor, order_id=order_id, parts=False),
            again=lambda found: visible_order(actor=actor, order_id=found),
            render=lambda order: order_body(order, actor),
            reads=READ,
        )
        return answer_write(request, once, write, at=self.at)

    def told(self, said: dict[str, Any]) -> dict[str, Any]:
        return said


def describe(
    name: str, summary: str, shape: type[StrictSerializer] = ReasonShape
) -> Callable[[Handler], Handler]:
    return extend_schema(
        request=shape,
        responses={200: ORDER_ANSWERS[name]},
        operation_id=f"{name}_purchase_order",
        summary=summary,
    )


class OrderSubmit(OrderAct):
    required_scopes: ClassVar = {"POST": ("purchase_orders:create",)}
    problem_codes: ClassVar = {"POST": BUYING}
    service = staticmethod(submit_order)

    @describe("submit", "Submit a draft")
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)


class OrderApprove(OrderAct):
    required_scopes: ClassVar = {"POST": ("purchase_orders:approve",)}
    problem_codes: ClassVar = {"POST": (*REFUSALS, "segregation-of-duties", "conflict")}
    service = staticmethod(approve_order)

    @describe("approve", "Approve an order that waits for it")
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)


class OrderReject(OrderAct):
    required_scopes: ClassVar = {"POST": ("purchase_orders:approve",)}
    problem_codes: ClassVar = {"POST": (*REFUSALS, "segregation-of-duties")}
    service = staticmethod(reject_order)

    @describe("reject", "Send an order back to be drafted")
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)


class OrderIssue(OrderAct):
    required_scopes: ClassVar = {"POST": ("purchase_orders:issue",)}
    problem_codes: ClassVar = {"POST": (*BUYING, "order-on-hold", "conflict", "unit-not-allowed")}
    service = staticmethod(issue_order)

    @describe("issue", "Issue an approved order, or a declined one with the proposed change")
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)


class OrderCancel(OrderAct):
    required_scopes: ClassVar = {"POST": ("purchase_orders:cancel",)}
    service = staticmethod(cancel_order)

    @describe("cancel", "Cancel an order on which nothing was received or invoiced")
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)


class OrderClose(OrderAct):
    required_scopes: ClassVar = {"POST": ("purchase_orders:cancel",)}
    service = staticmethod(close_order)

    @describe("close", "Close an order of which nothing more is expected")
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)


class OrderHold(OrderAct):
    required_scopes: ClassVar = {"POST": ("purchase_orders:hold",)}
    shape = HoldShape
    service = staticmethod(hold_order)

    @describe("hold", "Put an order on hold", HoldShape)
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)

    def told(self, said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "hold": Hold(said["hold"]) if "hold" in said else None}


class OrderRelease(OrderHold):
    service = staticmethod(release_order)

    @describe("release", "Lift a hold", HoldShape)
    def post(self, request: Request, order_id: str) -> Response:
        return self.act(request, order_id)
