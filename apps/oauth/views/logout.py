"""Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0)."""

import uuid
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from apps.gateway.rest import origin_of
from apps.identity.models import User
from apps.oauth.errors import InvalidRequestError
from apps.oauth.policy.logout import read_logout
from apps.oauth.policy.requests import MalformedRequestError
from apps.oauth.services.logout import Logout, carry_out_logout, prepare_logout
from apps.oauth.views.kept import keep, taken_back
from apps.oauth.views.pages import RefusedError, asking_page

KEPT = "oauth.logout"
PAGE = "oauth2_provider:rp-initiated-logout"
WHOSE = ("session_id", "person_id")
SHAPE = frozenset({*WHOSE, "leads_to"})


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class LogoutView(View):
    """What a client sends a browser here for. It comes from elsewhere, so that no CSRF token can
    be asked for: without an ID token of the person who has signed in nothing is done but to ask.
    """

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(request, request.GET)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Section 2 has the form, too. A browser keeps our cookie back from a form of another
        site, and sends it when it follows a link from there.
        """
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return answer(request, request.POST)
        try:
            pairs = read_logout(list_of(request.POST)).pairs
        except MalformedRequestError as error:
            return refusal(request, str(error))
        return away(f"{reverse(PAGE)}?{urlencode(pairs)}")


@method_decorator(never_cache, name="dispatch")
class LogoutAnswerView(View):
    """The person's yes; a no is a link that leads elsewhere."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            kept = taken_back(request, KEPT, shape=SHAPE, at=timezone.now())
        except RefusedError:
            return away(reverse(PAGE))  # Which asks anew, or says that it is done.
        session, person = (uuid.UUID(kept[name]) if kept[name] else None for name in WHOSE)
        logout = Logout(session_id=session, person_id=person, leads_to=kept["leads_to"])
        finish(request, logout)
        return away(logout.leads_to or reverse(PAGE))


def answer(request: HttpRequest, form: QueryDict) -> HttpResponse:
    try:
        logout = prepare_logout(read_logout(list_of(form)), at=timezone.now())
    except (MalformedRequestError, InvalidRequestError) as error:
        return refusal(request, str(error))
    user = person_in(request)
    if user is not None and logout.must_ask(user):
        return ask(request, logout, user)
    finish(request, logout)
    return away(logout.leads_to) if logout.leads_to else render(request, "oauth/logged_out.html")


def list_of(form: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name, values in form.lists() for value in values]


def person_in(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def ask(request: HttpRequest, logout: Logout, user: User) -> HttpResponse:
    kept = {
        **{name: str(getattr(logout, name) or "") for name in WHOSE},
        "leads_to": logout.leads_to,
    }
    context = {
        "client_name": logout.client_name,
        "user_email": user.email,
        "request_handle": keep(request, KEPT, kept, at=timezone.now()),
    }
    return asking_page(request, "oauth/logout.html", context, leads_to=logout.leads_to)


def finish(request: HttpRequest, logout: Logout) -> None:
    """End the token session and sign the browser out. It may be repeated."""
    user, at = person_in(request), timezone.now()
    if logout.session_id:
        carry_out_logout(session_id=logout.session_id, user=user, origin=origin_of(request), at=at)
    if user:
        get_adapter(request).logout(request)


def away(location: str) -> HttpResponse:
    """303, also after a form (RFC 9700 section 4.12)."""
    response = HttpResponse(status=303)
    response["Location"] = location
    response["Referrer-Policy"] = "no-referrer"
    return response


def refusal(request: HttpRequest, detail: str) -> HttpResponse:
    """Nothing is ended and nobody is sent anywhere."""
    return render(request, "oauth/logout_refused.html", {"detail": detail}, status=400)
