"""The buyer's view of the sealed trail."""

import uuid
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.ids import decode_id
from apps.gateway.errors import MalformedRequestError
from apps.gateway.rest import PAGING, actor_of, page_response
from apps.gateway.rest.views import ApiView
from apps.oauth.models import TokenSession
from apps.webhooks.formats import audit_event_body
from apps.webhooks.rest import AuditEventListBody
from apps.webhooks.selectors import sealed_trail
from apps.webhooks.services import record_trail_read

FILTERS = {
    "filter[action]": "An action, such as purchase_order.issued.",
    "filter[subject]": "The public id of what the event is about.",
    "filter[client_id]": "An OAuth client.",
    "filter[session]": "The public id of a token session.",
    "filter[request_id]": "The X-Request-Id of a request.",
}


class AuditEventList(ApiView):
    required_scopes: ClassVar = {"GET": ("audit:read",)}
    query_parameters: ClassVar = {**PAGING, **FILTERS}
    problem_codes: ClassVar = {"GET": ("malformed-request", "role-not-permitted")}

    @extend_schema(
        responses=AuditEventListBody,
        operation_id="list_audit_events",
        summary="Read the sealed trail, newest first",
    )
    def get(self, request: Request) -> Response:
        actor, query = actor_of(request), request.query_params
        trail = sealed_trail(
            actor=actor,
            action=query.get("filter[action]"),
            subject=query.get("filter[subject]"),
            client_id=query.get("filter[client_id]"),
            session=_session(query.get("filter[session]")),
            request_id=query.get("filter[request_id]"),
        )
        page = page_response(request, trail, audit_event_body)
        filters = {name: query[name] for name in FILTERS if name in query}
        record_trail_read(actor=actor, at=self.at, filters=filters, events=len(page.data["data"]))
        return page


def _session(given: str | None) -> uuid.UUID | None:
    if given is None:
        return None
    if (found := decode_id(TokenSession.id_prefix, given)) is None:
        raise MalformedRequestError("filter[session] takes the public id of a session, ses_….")
    return found
