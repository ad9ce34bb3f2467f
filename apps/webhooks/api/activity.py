"""What a token session did: for who it was, and for the buyer's auditors."""

from functools import partial
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of, list_response
from apps.gateway.rest.reasons import READ_REASON, read_reason
from apps.gateway.rest.views import ApiView
from apps.oauth.services.sessions import session_subject
from apps.webhooks.formats import audit_event_body
from apps.webhooks.policy import OWN_SESSIONS, WHOLE_TRAIL, right_to_activity
from apps.webhooks.rest.activity import ACTIVITY, ActivityListBody
from apps.webhooks.rest.trail import filters_of
from apps.webhooks.selectors import KnownSession, known_session, session_activity
from apps.webhooks.services import record_trail_read


class OwnActivity(ApiView):
    """What reading one's own takes."""

    required_scopes: ClassVar = {"GET": (OWN_SESSIONS,)}


class AnyActivity(ApiView):
    """What reading anybody's takes."""

    required_scopes: ClassVar = {"GET": (WHOLE_TRAIL,)}


RIGHTS = {OWN_SESSIONS: OwnActivity, WHOLE_TRAIL: AnyActivity}


class SessionActivity(ApiView):
    """Which of its scopes a request takes follows from whose the session is."""

    required_scopes: ClassVar = {"GET": (OWN_SESSIONS, WHOLE_TRAIL)}
    scopes_are_alternatives = True
    listing = ACTIVITY
    query_parameters: ClassVar = {"reason": READ_REASON}
    problem_codes: ClassVar = {"GET": ("role-not-permitted",)}
    known: KnownSession | None

    def check_permissions(self, request: Request) -> None:
        if request.method not in {"GET", "HEAD"}:
            super().check_permissions(request)
            return
        actor = actor_of(request)
        self.known = known_session(actor=actor, session_id=self.kwargs["session_id"])
        is_own = self.known is not None and self.known.is_own
        right = RIGHTS[right_to_activity(actor.scopes, is_own=is_own)]()
        for permission in self.get_permissions():
            if not permission.has_permission(request, right):
                self.permission_denied(request)

    @extend_schema(
        responses=ActivityListBody,
        operation_id="list_session_activity",
        summary="Read what a token session did, newest first",
    )
    def get(self, request: Request, session_id: str) -> Response:  # noqa: ARG002 -- looked up before
        actor, known, reason = actor_of(request), self.known, read_reason(request)
        by_audit = WHOLE_TRAIL in actor.scopes_exercised
        leaves = session_activity(actor=actor, known=known, by_audit=by_audit)
        render = partial(audit_event_body, whole=by_audit)
        page = list_response(request, self.listing, leaves, render)
        if by_audit and known:
            record_trail_read(
                actor=actor,
                at=self.at,
                filters=filters_of(request, self.listing),
                events=len(page.data["data"]),
                subject=session_subject(known.session),
                reason=reason,
            )
        return page
