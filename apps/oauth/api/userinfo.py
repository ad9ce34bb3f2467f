"""The userinfo endpoint (OpenID Connect Core section 5.3)."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import actor_of
from apps.gateway.rest.views import ApiView
from apps.oauth.services.userinfo import tell_userinfo
from apps.oauth.services.vendor_claims import VENDOR_SCOPES


class AsRegistered(BaseContentNegotiation):
    """The client's registration says what it gets, not `Accept` (section 5.3.2)."""

    def select_parser(self, request, parsers):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- DRF's signature
        del request
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- DRF's signature
        del request, format_suffix
        return renderers[0], renderers[0].media_type


class UserInfoView(ApiView):
    """Takes the access token in the Authorization header alone. A token in the body (RFC 6750
    section 2.2) is not looked for; one in the query is refused with the rest of the query.
    """

    schema = None  # It belongs to the authorization server's metadata, not to the API.
    content_negotiation_class = AsRegistered
    required_scopes: ClassVar = {"GET": ("openid",), "POST": ("openid",)}
    optional_scopes: ClassVar = {"GET": VENDOR_SCOPES, "POST": VENDOR_SCOPES}

    def get(self, request: Request) -> HttpResponse:
        actor = actor_of(request)
        if actor.session_id is None:
            raise TypeError("An access token has a session.")
        info = tell_userinfo(actor=actor, session_id=actor.session_id, at=self.at)
        # CORS looks here whose request it was (policy/cors.py).
        request._request.oauth_client = info.client  # type: ignore[attr-defined]  # noqa: SLF001 -- DRF's name for Django's request
        if info.signed:
            return HttpResponse(info.signed, content_type="application/jwt")
        return Response(info.claims)

    post = get  # Section 5.3.1: both methods.
