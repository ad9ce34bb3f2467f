"""What authorised an order, as something to keep: the countersigned receipt."""

from typing import ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit.services import sign_receipt
from apps.core.canonical import canonical_digest
from apps.gateway.rest import actor_of
from apps.gateway.rest.numbers import whole_number
from apps.gateway.rest.representations import FormatNegotiation, JoseRenderer, tagged_response
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.authorization import authorization_body
from apps.procurement.rest.authorization import AUTHORIZATION_QUERY, AuthorizationBody
from apps.procurement.selectors.orders import visible_order
from apps.procurement.selectors.trace import authorization_of


class OrderAuthorization(ApiView):
    required_scopes: ClassVar = {"GET": ("purchase_orders:read",)}
    renderer_classes = (JSONRenderer, JoseRenderer)
    content_negotiation_class = FormatNegotiation
    query_parameters = AUTHORIZATION_QUERY
    revalidated = True

    @extend_schema(
        responses={
            (200, JSONRenderer.media_type): AuthorizationBody,
            (200, JoseRenderer.media_type): OpenApiTypes.STR,
        },
        operation_id="get_purchase_order_authorization",
        summary="Read what authorised each revision of an order, with the proof",
    )
    def get(self, request: Request, order_id: str) -> Response:
        actor = actor_of(request)
        order = visible_order(actor=actor, order_id=order_id, parts=False)
        found = authorization_of(
            actor=actor,
            order=order,
            revision=whole_number(request, "revision"),
            before=whole_number(request, "before"),
        )
        body = authorization_body(found, actor)
        if isinstance(request.accepted_renderer, JoseRenderer):
            return Response(sign_receipt(body, at=self.at))
        return tagged_response(request, f'"{canonical_digest(body)}"', body)
