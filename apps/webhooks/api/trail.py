"""The buyer's view of the sealed trail."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, list_response
from apps.gateway.rest.reasons import READ_REASON, read_reason
from apps.gateway.rest.views import ApiView
from apps.webhooks.formats import audit_event_body
from apps.webhooks.rest.trail import TRAIL, AuditEventListBody, filters_of
from apps.webhooks.selectors import sealed_trail
from apps.webhooks.services import record_trail_read


class AuditEventList(ApiView):
    required_scopes: ClassVar = {"GET": ("audit:read",)}
    listing = TRAIL
    query_parameters: ClassVar = {"reason": READ_REASON}
    problem_codes: ClassVar = {"GET": ("role-not-permitted",)}

    @extend_schema(
        responses=AuditEventListBody,
        operation_id="list_audit_events",
        summary="Read the sealed trail, newest first",
    )
    def get(self, request: Request) -> Response:
        actor, reason = actor_of(request), read_reason(request)
        page = list_response(request, self.listing, sealed_trail(actor=actor), audit_event_body)
        filters = filters_of(request, self.listing)
        record_trail_read(
            actor=actor,
            at=self.at,
            filters=filters,
            events=len(page.data["data"]),
            reason=reason,
        )
        return page
