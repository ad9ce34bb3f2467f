"""Revisions of a purchase order: the list, and one with what the order said."""

from functools import partial
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, detail_response, list_response
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.revisions import CONTENT, revision_body
from apps.procurement.models import OrderRevision
from apps.procurement.policy.costs import COST, COST_SCOPE, sees_costs
from apps.procurement.rest.listings import REVISION, REVISIONS
from apps.procurement.rest.revisions import RevisionBody, RevisionListBody
from apps.procurement.selectors.orders import visible_order
from apps.procurement.selectors.revisions import listed_revisions, visible_revision


class RevisionList(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    optional_scopes: ClassVar = {"GET": (COST_SCOPE,)}
    listing = REVISIONS

    @extend_schema(
        responses=RevisionListBody,
        operation_id="list_purchase_order_revisions",
        summary="List an order's revisions, newest first",
    )
    def get(self, request: Request, order_id: str) -> Response:
        actor = actor_of(request)
        order = visible_order(actor=actor, order_id=order_id, parts=False)
        selection = self.listing.selection(request)
        content = selection.wants(CONTENT) or selection.wants(COST)

        def body(row: OrderRevision, **_expanded: object) -> dict[str, Any]:
            return revision_body(row, actor, order.public_id, content=content)

        rows = listed_revisions(actor, order, content=content)
        return list_response(request, self.listing, rows, body)


class RevisionDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    optional_scopes: ClassVar = {"GET": (COST_SCOPE,)}
    fieldset = REVISION

    @extend_schema(
        responses=RevisionBody,
        operation_id="get_purchase_order_revision",
        summary="Read what an order said in one revision",
    )
    def get(self, request: Request, order_id: str, revision_id: str) -> Response:
        actor = actor_of(request)
        order = visible_order(actor=actor, order_id=order_id, parts=False)
        revision = visible_revision(actor=actor, order=order, revision_id=revision_id)
        render = partial(revision_body, actor=actor, order_id=order.public_id, content=True)
        revalidates = not sees_costs(actor)
        return detail_response(request, self.fieldset, revision, render, revalidates=revalidates)
