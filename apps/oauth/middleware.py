"""Gives staff in the admin a token session, so that every act in the trail names one, and ends
it when they sign out; lets a client's own web pages read what it is answered.
"""

from collections.abc import Callable
from http import HTTPStatus

from corsheaders.middleware import CorsMiddleware
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from apps.core.actor import Actor, ActorKind, Origin
from apps.gateway.rest import origin_of
from apps.identity.models import User
from apps.oauth.models import Client, TokenSession
from apps.oauth.policy.cors import (
    CLIENT_PATHS,
    is_document,
    origin_is_acceptable,
    origin_is_registered,
)
from apps.oauth.scopes import buyer_role
from apps.oauth.selectors import live_sessions
from apps.oauth.selectors.origins import some_client_registered
from apps.oauth.services import end_session, open_staff_session

SESSION_KEY = "countersign.token_session"


class StaffSessionMiddleware:
    """Opens a session of kind `staff` at the first admin request after sign-in, checks at every
    further one that it is still live, and puts the Actor on `request.actor`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/") and not self._admit(request):
            logout(request)
            return redirect("account_login")
        return self.get_response(request)

    def _admit(self, request: HttpRequest) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_staff:
            return True  # The admin site itself turns them away.
        at, origin = timezone.now(), origin_of(request)
        known = request.session.get(SESSION_KEY)
        if known is None:
            session = open_staff_session(user=user, at=at, origin=origin)
            request.session[SESSION_KEY] = str(session.pk)
        else:
            found = live_sessions(at=at).filter(pk=known, user=user).first()
            if found is None:
                return False
            session = found
        actor = _actor(user, session, origin)
        request.actor = actor  # type: ignore[attr-defined]  # ours, read by the admin
        return True


def _actor(user: User, session: TokenSession, origin: Origin) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=user.public_id,
        label=user.email,
        session_id=session.pk,
        user_id=user.pk,
        role=buyer_role(list(user.groups.values_list("name", flat=True))),
        origin=origin,
    )


def end_on_sign_out(request: HttpRequest, user: User | None, **_signal: object) -> None:
    """The receiver of Django's `user_logged_out`, sent while the sign-in can still be read.

    A session that died of something else, such as a new password, is left to the job that ends
    those and says why.
    """
    known = request.session.get(SESSION_KEY)
    if user is None or known is None:
        return
    at = timezone.now()
    session = live_sessions(at=at).filter(pk=known, user=user).first()
    if session is not None:
        actor = _actor(user, session, origin_of(request))
        end_session(actor=actor, at=at, session=session, reason="signed out")


class ClientCorsMiddleware(CorsMiddleware):
    """CORS by the client that asks (spec 3), which is known only once it was answered."""

    def add_response_headers(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        request.answered_with = response.status_code  # type: ignore[attr-defined]  # ours, read below
        super().add_response_headers(request, response)
        if is_document(request.path_info) and "Access-Control-Allow-Origin" in response:
            response["Access-Control-Allow-Origin"] = "*"  # One cached copy serves every page.
        return response


def page_may_read(*, request: HttpRequest, **_signal: object) -> bool:
    """The receiver of the library's `check_request_enabled`: whether the page that sent this
    request may read its answer.

    A preflight names no client, and some refusals come before the client is known: those say
    nothing of anybody, so that any client's page may read them.
    """
    if is_document(request.path_info):
        return True
    if request.path_info not in CLIENT_PATHS:
        return False
    origin = request.headers.get("Origin", "")
    client: Client | None = getattr(request, "oauth_client", None)
    if client is not None:
        return origin_is_registered(client, origin)
    status = getattr(request, "answered_with", HTTPStatus.OK)
    if request.method == "OPTIONS" or status >= HTTPStatus.BAD_REQUEST:
        return origin_is_acceptable(origin) and some_client_registered(origin, at=timezone.now())
    return False
