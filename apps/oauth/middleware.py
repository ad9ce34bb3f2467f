"""Gives staff in the admin a token session, so that every act in the trail names one; ends that,
and what people let applications do, when they sign out; lets a client's own web pages read what it
is answered.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from apps.core.actor import Actor, Origin
from apps.gateway.rest import origin_of
from apps.identity.models import FederatedIdentity, User
from apps.identity.policy.actors import person_actor
from apps.oauth.models import Client, TokenSession
from apps.oauth.policy.cors import (
    CLIENT_PATHS,
    is_document,
    origin_is_acceptable,
    origin_is_registered,
)
from apps.oauth.policy.sign_in import (
    FEDERATION_KEY,
    federation_of,
    fence_of,
    plain_sign_in,
    sign_in_from,
)
from apps.oauth.policy.upstream import is_fresh
from apps.oauth.scopes import buyer_role
from apps.oauth.selectors import live_sessions
from apps.oauth.selectors.origins import some_client_registered
from apps.oauth.services import end_session, open_staff_session
from apps.oauth.services.sign_ins import carry_sign_in_over, end_sign_in, sign_in_id_of
from apps.oauth.services.sign_outs import SESSION_KEY
from apps.oauth.services.upstream import word_stands

STANDING = (
    "refused_at", "confirmed_at", "asked_at", "federation__is_active", "federation__not_before"
)  # fmt: skip


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
            whose = federation_of(request.session)
            session = open_staff_session(
                user=user,
                at=at,
                origin=origin,
                auth_method=_method(request, user, whose),
                federation_id=whose,
            )
            request.session[SESSION_KEY] = str(session.pk)
        else:
            found = live_sessions(at=at).filter(pk=known, user=user).first()
            if found is None:
                return False
            session = found
        actor = _actor(user, session, origin)
        request.actor = actor  # type: ignore[attr-defined]  # ours, read by the admin
        return True


def _method(request: HttpRequest, user: User, whose: UUID | None) -> str:
    """How they signed in, as django-allauth wrote it down."""
    witnessed = sign_in_from(get_authentication_records(request, user))
    sign_in = witnessed or plain_sign_in(user.last_login or user.created_at)
    return replace(sign_in, federation_id=whose).method


class FederatedSignInMiddleware:
    """A browser that signed in by a provider is asked at every request whether the provider is
    still active, was not switched off meanwhile, and has not taken its word back; the provider is
    asked for that every five minutes. Others, and requests without a cookie, cost nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not self._stands(request):
            logout(request)  # The request goes on as anybody's.
        return self.get_response(request)

    def _stands(self, request: HttpRequest) -> bool:
        known = request.session.get(FEDERATION_KEY)
        if known is None:
            return True
        identity = (
            FederatedIdentity.objects.select_related("federation")
            .only(*STANDING)
            .filter(federation=known["id"], user=request.user.pk)
            .first()
        )
        if identity is None or identity.refused_at is not None:
            return False
        if not identity.federation.is_active or fence_of(identity.federation) != known["fence"]:
            return False
        at, user = timezone.now(), request.user.pk
        if is_fresh(confirmed_at=identity.confirmed_at, asked_at=identity.asked_at, at=at):
            return True
        return word_stands(federation=identity.federation_id, user=user, at=at)


def _actor(user: User, session: TokenSession, origin: Origin) -> Actor:
    role = buyer_role(list(user.groups.values_list("name", flat=True)))
    return person_actor(
        user, origin, session_id=session.pk, granted_at=session.granted_at, role=role
    )


def end_on_sign_out(request: HttpRequest, user: User | None, **_signal: object) -> None:
    """The receiver of Django's `user_logged_out`, sent while the sign-in can still be read.

    A staff session that died of something else, such as a new password, is left to the job that
    ends those and says why.
    """
    if user is None:
        return
    at, origin = timezone.now(), origin_of(request)
    _end_browser(user, request.session.session_key, origin, at)
    known = request.session.get(SESSION_KEY)
    session = live_sessions(at=at).filter(pk=known, user=user).first() if known else None
    if session is not None:
        actor = _actor(user, session, origin)
        end_session(actor=actor, at=at, session=session, reason="signed out")


def renew_on_proof(
    request: HttpRequest,
    *,
    reauthenticated: bool = False,
    **_signal: object,
) -> None:
    """The receiver of allauth's `authentication_step_completed`: whoever proves anew who they are
    gets a new session id, and the one before is dead (ASVS 5 V7.2.4). Signing in does so by itself.
    """
    before = request.session.session_key
    if reauthenticated and before:
        request.session.cycle_key()
        carry_sign_in_over(before=before, after=str(request.session.session_key))


def end_with_listing(instance: Any, **_signal: object) -> None:  # noqa: ANN401 -- allauth has no types
    """The receiver of `pre_delete` of allauth's UserSession: somebody ended that browser's sign-in
    from another one, or it is found to be over.
    """
    _end_browser(instance.user, instance.session_key, Origin(), timezone.now())


def _end_browser(user: User, session_key: str | None, origin: Origin, at: datetime) -> None:
    actor = person_actor(user, origin)
    end_sign_in(actor=actor, at=at, sign_in_id=sign_in_id_of(session_key))


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
