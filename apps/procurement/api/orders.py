"""Purchase orders: the list, one, and the acts on it."""

import uuid
from collections.abc import Callable
from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.ids import decode_id
from apps.gateway.errors import MalformedRequestError
from apps.gateway.rest import (
    PAGING,
    actor_of,
    mark_answer,
    page_response,
    precondition_of,
    read_body,
    repeatable,
    resource_response,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import answer_once
from apps.partners.models import Partner
from apps.procurement.formats import order_body, order_path
from apps.procurement.models import PurchaseOrder
from apps.procurement.rest.acts import ReasonShape
from apps.procurement.rest.bodies import OrderBody, OrderListBody
from apps.procurement.rest.orders import OrderShape, draft_of
from apps.procurement.selectors.orders import list_orders, visible_order
from apps.procurement.services import create_order, issue_order, submit_order
from apps.procurement.states import OrderStatus
from apps.projects.models import Project

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the order is."
)


class OrderList(ApiView):
    required_scopes: ClassVar = {
        "GET": ("purchase_orders:read",),
        "POST": ("purchase_orders:create",),
    }
    query_parameters: ClassVar = {
        **PAGING,
        "filter[status]": "One or more statuses, separated by commas.",
        "filter[project]": "One or more project ids, separated by commas.",
        "filter[vendor]": "One or more partner ids, separated by commas.",
    }
    repeatable = True
    problem_codes: ClassVar = {
        "GET": ("malformed-request",),
        "POST": ("role-not-permitted", "project-closed", "totals-mismatch"),
    }

    @extend_schema(
        responses=OrderListBody,
        operation_id="list_purchase_orders",
        summary="List purchase orders, newest first",
    )
    def get(self, request: Request) -> Response:
        orders = list_orders(
            actor=actor_of(request),
            statuses=_statuses(request),
            projects=_ids(request, "filter[project]", Project.id_prefix),
            vendors=_ids(request, "filter[vendor]", Partner.id_prefix),
        )
        return page_response(request, orders, order_body)

    @extend_schema(
        request=OrderShape,
        responses={201: OrderBody},
        operation_id="create_purchase_order",
        parameters=[LOCATION],
        summary="Draft an order",
    )
    def post(self, request: Request) -> Response:
        actor, once = actor_of(request), repeatable(request)
        draft = draft_of(read_body(request, OrderShape))
        answer = answer_once(
            request=once,
            at=self.at,
            status=201,
            work=lambda: create_order(
                actor=actor, at=self.at, draft=draft, idempotency_key_sha256=once.key_sha256
            ),
        )
        order = answer.resource or visible_order(actor=actor, order_id=answer.resource_id)
        response = order_response(order, location=order_path(order.public_id))
        return mark_answer(response, answer)


class OrderDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}

    @extend_schema(
        responses=OrderBody, operation_id="get_purchase_order", summary="Read one purchase order"
    )
    def get(self, request: Request, order_id: str) -> Response:
        return order_response(visible_order(actor=actor_of(request), order_id=order_id))


class OrderMove(ApiView):
    """An act that moves an order; its service is what differs."""

    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": ("role-not-permitted", "invalid-transition")}
    service: ClassVar[Callable[..., PurchaseOrder]]

    def move(self, request: Request, order_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        reason = read_body(request, ReasonShape).get("reason", "")
        answer = answer_once(
            request=once,
            at=self.at,
            status=200,
            work=lambda: type(self).service(
                actor=actor,
                at=self.at,
                order_id=order_id,
                precondition=precondition_of(request),
                reason=reason,
                idempotency_key_sha256=once.key_sha256,
            ),
        )
        order = answer.resource or visible_order(actor=actor, order_id=order_id)
        return mark_answer(order_response(order), answer)


class OrderSubmit(OrderMove):
    required_scopes: ClassVar = {"POST": ("purchase_orders:create",)}
    service = staticmethod(submit_order)

    @extend_schema(
        request=ReasonShape,
        responses=OrderBody,
        operation_id="submit_purchase_order",
        summary="Submit a draft",
    )
    def post(self, request: Request, order_id: str) -> Response:
        return self.move(request, order_id)


class OrderIssue(OrderMove):
    required_scopes: ClassVar = {"POST": ("purchase_orders:issue",)}
    service = staticmethod(issue_order)

    @extend_schema(
        request=ReasonShape,
        responses=OrderBody,
        operation_id="issue_purchase_order",
        summary="Issue an approved order",
    )
    def post(self, request: Request, order_id: str) -> Response:
        return self.move(request, order_id)


def order_response(order: PurchaseOrder, *, location: str = "") -> Response:
    return resource_response(order, order_body(order), revision=order.revision, location=location)


def _items(request: Request, name: str) -> list[str]:
    given = request.query_params.get(name)
    return [] if given is None else given.split(",")


def _statuses(request: Request) -> list[str]:
    wanted = _items(request, "filter[status]")
    if not set(wanted) <= set(OrderStatus.values):
        raise MalformedRequestError(f"A status is one of {', '.join(OrderStatus.values)}.")
    return wanted


def _ids(request: Request, name: str, prefix: str) -> list[uuid.UUID]:
    found = [decode_id(prefix, item) for item in _items(request, name)]
    known = [value for value in found if value is not None]
    if len(known) != len(found):
        raise MalformedRequestError(f"{name} takes ids such as {prefix}_….")
    return known
