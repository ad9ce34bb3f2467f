"""Purchase orders: the list, and one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.ids import encode_id
from apps.gateway.rest import (
    Documents,
    Write,
    actor_of,
    answer_write,
    as_far_as_read,
    body_of,
    detail_response,
    document_list_response,
    document_response,
    list_response,
    precondition_of,
    read_body,
    read_merged,
    repeatable,
    resource_response,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import ungated
from apps.partners.services.claims import claims_of
from apps.procurement.errors import FACT_REFUSALS
from apps.procurement.formats.expansions import order_writer
from apps.procurement.formats.orders import order_body, order_path, order_text
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.costs import COST_SCOPE, sees_costs
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.rest.bodies import OrderBody, OrderListBody
from apps.procurement.rest.costs import refuse_hidden_costs
from apps.procurement.rest.listings import ORDER, ORDERS
from apps.procurement.rest.orders import OrderShape, draft_of
from apps.procurement.selectors.order_documents import order_documents, visible_document
from apps.procurement.selectors.orders import list_orders, visible_order
from apps.procurement.services import create_order, update_order

READ = "purchase_orders:read"
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the order is."
)


class OrderList(ApiView):
    required_scopes: ClassVar = {
        "GET": ("purchase_orders:read",),
        "POST": ("purchase_orders:create",),
    }
    optional_scopes: ClassVar = {"GET": ("vendors:read", COST_SCOPE), "POST": (COST_SCOPE,)}
    listing = ORDERS
    repeatable = True
    problem_codes: ClassVar = {
        "POST": (
            "role-not-permitted",
            "claim-not-permitted",
            "project-closed",
            "principal-mismatch",
            "totals-mismatch",
            "unit-not-allowed",
            *FACT_REFUSALS,
        ),
    }

    @extend_schema(
        responses=OrderListBody,
        operation_id="list_purchase_orders",
        summary="List purchase orders, newest first",
    )
    def get(self, request: Request) -> HttpResponse:
        actor = actor_of(request)
        render = written_for(request, self.at)
        if sees_costs(actor):
            return list_response(request, self.listing, list_orders(actor=actor), render)
        documents = Documents(rows=order_documents, text=lambda row: order_text(row, actor))
        return document_list_response(
            request, self.listing, list_orders(actor=actor), documents, render
        )

    @extend_schema(
        request=OrderShape,
        responses={201: OrderBody},
        operation_id="create_purchase_order",
        parameters=[LOCATION],
        summary="Draft an order",
    )
    def post(self, request: Request) -> Response:
        actor, once = actor_of(request), repeatable(request)
        refuse_hidden_costs(body_of(request), actor)
        draft = draft_of(read_body(request, OrderShape), costs=sees_costs(actor))
        write = Write(
            work=lambda key: create_order(
                actor=actor, at=self.at, draft=draft, idempotency_key_sha256=key
            ),
            gate=ungated,
            again=lambda found: visible_order(actor=actor, order_id=found),
            render=lambda order: order_body(order, actor),
            reads=READ,
            place=lambda order: order_path(order.public_id),
        )
        return answer_write(request, once, write, at=self.at, status=201)


class OrderDetail(ApiView):
    required_scopes: ClassVar = {
        "GET": ("purchase_orders:read",),
        "PATCH": ("purchase_orders:create",),
    }
    optional_scopes: ClassVar = {"GET": ("vendors:read", COST_SCOPE), "PATCH": (COST_SCOPE,)}
    fieldset = ORDER
    problem_codes: ClassVar = {
        "PATCH": (
            "role-not-permitted",
            "claim-not-permitted",
            "principal-mismatch",
            "invalid-transition",
            "totals-mismatch",
            "unit-not-allowed",
            *FACT_REFUSALS,
        ),
    }

    @extend_schema(
        responses=OrderBody, operation_id="get_purchase_order", summary="Read one purchase order"
    )
    def get(self, request: Request, order_id: str) -> HttpResponse:
        actor = actor_of(request)
        costs = sees_costs(actor)
        if not request.query_params and not costs:
            return whole_response(request, order_id)
        order = visible_order(actor=actor, order_id=order_id)
        render = written_for(request, self.at)
        return detail_response(request, self.fieldset, order, render, revalidates=not costs)

    @extend_schema(
        request=OrderShape,
        responses=OrderBody,
        operation_id="update_purchase_order",
        summary="Change a draft",
    )
    def patch(self, request: Request, order_id: str) -> Response:
        actor = actor_of(request)
        order = update_order(
            actor=actor,
            at=self.at,
            order_id=order_id,
            precondition=precondition_of(request),
            redraft=lambda said: redrafted(request, said),
        )
        body = as_far_as_read(request, READ, order_body(order, actor))
        return resource_response(order, body, revision=order.revision)


def redrafted(request: Request, said: dict[str, Any]) -> OrderDraft:
    """The draft that the request makes of what the order said."""
    actor = actor_of(request)
    refuse_hidden_costs(body_of(request), actor)
    return draft_of(read_merged(request, OrderShape, said), costs=sees_costs(actor))


def written_for(request: Request, at: datetime) -> Callable[..., dict[str, Any]]:
    """Writes orders as this caller may see them."""
    actor = actor_of(request)
    return order_writer(actor, lambda: claims_of(actor), at=at)


def whole_response(request: Request, order_id: str) -> HttpResponse:
    actor = actor_of(request)
    order = visible_document(actor=actor, order_id=order_id)
    public_id = encode_id(PurchaseOrder.id_prefix, order.pk)
    return document_response(
        request, lambda: order_text(order, actor), public_id=public_id, revision=order.revision
    )
