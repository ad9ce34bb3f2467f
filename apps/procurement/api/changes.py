"""Proposals of change to a purchase order, and what is decided on them."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

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
from apps.gateway.rest.once import nowhere
from apps.gateway.rest.views import ApiView
from apps.procurement.errors import PURCHASE_REFUSALS
from apps.procurement.formats.changes import change_body, change_path
from apps.procurement.models import OrderChange
from apps.procurement.rest.act_examples import CHANGE_ANSWERS
from apps.procurement.rest.acts import ReasonShape
from apps.procurement.rest.change_bodies import ChangeBody, ChangeListBody
from apps.procurement.rest.change_drafts import change_draft_of
from apps.procurement.rest.changes import ChangeShape
from apps.procurement.rest.listings import CHANGE, CHANGES
from apps.procurement.selectors.changes import changes_visible_to, visible_change
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import (
    accept_change,
    approve_change,
    propose_change,
    refuse_change,
    withdraw_change,
)

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the proposal is."
)
REFUSALS = ("role-not-permitted", "invalid-transition", "action-not-granted")
Handler = TypeVar("Handler", bound=Callable[..., Response])


class ChangeList(ApiView):
    required_scopes: ClassVar = {
        "GET": ("purchase_orders:read",),
        "POST": ("purchase_orders:change",),
    }
    listing = CHANGES
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {
        "POST": (
            *REFUSALS,
            *PURCHASE_REFUSALS,
            "partner-suspended",
            "conflict",
            "unit-not-allowed",
        )
    }

    @extend_schema(
        responses=ChangeListBody,
        operation_id="list_purchase_order_changes",
        summary="List proposals of change to an order, newest first",
    )
    def get(self, request: Request, order_id: str) -> Response:
        actor = actor_of(request)
        order = visible_order(actor=actor, order_id=order_id, parts=False)

        def body(row: OrderChange) -> dict[str, Any]:
            row.order = order
            return change_body(row, actor)

        return list_response(request, self.listing, changes_visible_to(actor, order), body)

    @extend_schema(
        request=ChangeShape,
        responses={201: ChangeBody},
        operation_id="propose_purchase_order_change",
        parameters=[LOCATION],
        summary="Propose a change to an issued order",
    )
    def post(self, request: Request, order_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        wanted = change_draft_of(read_body(request, ChangeShape))
        write = written(
            actor,
            order_id,
            lambda key: propose_change(
                actor=actor,
                at=self.at,
                order_id=order_id,
                change=wanted,
                precondition=precondition_of(request),
                idempotency_key_sha256=key,
            ),
            gate=lambda: visible_order(actor=actor, order_id=order_id, parts=False),
            place=change_path,
        )
        return answer_write(request, once, write, at=self.at, status=201)


class ChangeDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    fieldset = CHANGE

    @extend_schema(
        responses=ChangeBody,
        operation_id="get_purchase_order_change",
        summary="Read one proposal of change",
    )
    def get(self, request: Request, order_id: str, change_id: str) -> Response:
        actor = actor_of(request)
        order = visible_order(actor=actor, order_id=order_id, parts=False)
        change = visible_change(actor=actor, order=order, change_id=change_id)
        return detail_response(
            request, self.fieldset, change, lambda shown: change_body(shown, actor)
        )


class ChangeDecision(ApiView):
    """A decision on a proposal; its service is what differs. If-Match names the proposal's ETag."""

    required_scopes: ClassVar = {"POST": ("purchase_orders:change",)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": REFUSALS}
    service: ClassVar[Callable[..., OrderChange]]

    def decide(self, request: Request, order_id: str, change_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        told: dict[str, Any] = read_body(request, ReasonShape)
        write = written(
            actor,
            order_id,
            lambda key: type(self).service(
                actor=actor,
                at=self.at,
                order_id=order_id,
                change_id=change_id,
                precondition=precondition_of(request),
                idempotency_key_sha256=key,
                **told,
            ),
            gate=lambda: _change(actor, order_id, change_id),
        )
        return answer_write(request, once, write, at=self.at)


def describe(name: str, summary: str) -> Callable[[Handler], Handler]:
    return extend_schema(
        request=ReasonShape,
        responses={200: CHANGE_ANSWERS[name]},
        operation_id=f"{name}_purchase_order_change",
        summary=summary,
    )


class ChangeApprove(ChangeDecision):
    required_scopes: ClassVar = {"POST": ("purchase_orders:approve",)}
    problem_codes: ClassVar = {
        "POST": (*REFUSALS, "segregation-of-duties", "conflict", "exchange-rate-missing")
    }
    service = staticmethod(approve_change)

    @describe("approve", "Approve a change that goes beyond what was approved")
    def post(self, request: Request, order_id: str, change_id: str) -> Response:
        return self.decide(request, order_id, change_id)


class ChangeAccept(ChangeDecision):
    problem_codes: ClassVar = {
        "POST": (
            *REFUSALS,
            *PURCHASE_REFUSALS,
            "conflict",
            "partner-suspended",
            "segregation-of-duties",
            "unit-not-allowed",
        )
    }
    service = staticmethod(accept_change)

    @describe("accept", "Accept the other side's proposal")
    def post(self, request: Request, order_id: str, change_id: str) -> Response:
        return self.decide(request, order_id, change_id)


class ChangeRefuse(ChangeDecision):
    service = staticmethod(refuse_change)

    @describe("refuse", "Refuse the other side's proposal")
    def post(self, request: Request, order_id: str, change_id: str) -> Response:
        return self.decide(request, order_id, change_id)


class ChangeWithdraw(ChangeDecision):
    service = staticmethod(withdraw_change)

    @describe("withdraw", "Withdraw your own side's proposal")
    def post(self, request: Request, order_id: str, change_id: str) -> Response:
        return self.decide(request, order_id, change_id)


def written(
    actor: Actor,
    order_id: str,
    work: Callable[[str], OrderChange],
    *,
    gate: Callable[[], object],
    place: Callable[[OrderChange], str] = nowhere,
) -> Write[OrderChange]:
    return Write(
        work=work,
        gate=gate,
        again=lambda found: _change(actor, order_id, found),
        render=lambda change: change_body(change, actor),
        reads="purchase_orders:read",
        place=place,
    )


def _change(actor: Actor, order_id: str, change_id: str) -> OrderChange:
    order = visible_order(actor=actor, order_id=order_id, parts=False)
    return visible_change(actor=actor, order=order, change_id=change_id)
