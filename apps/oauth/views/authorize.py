"""The authorization endpoint: check the request, show what is asked, remember the answer."""

import secrets
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749 import errors

from apps.core.errors import DomainError, ForbiddenError
from apps.gateway.rest import origin_of
from apps.identity.models import User
from apps.oauth.policy.requests import MalformedRequestError, check_parameters, parse_parameters
from apps.oauth.scopes import CATALOGUE
from apps.oauth.selectors import person_at_grant, project_titles
from apps.oauth.services.codes import Consent, prepare_consent, refuse_consent
from apps.oauth.services.exchange import Exchange
from apps.oauth.views.endpoints import Server, make_server

KEPT = "oauth.authorize"
MOST_KEPT = 5


class RefusedError(Exception):
    """The request cannot be answered at the client's address: the person is told here."""

    def __init__(self, title: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.title, self.detail, self.status = title, detail, status


@method_decorator(never_cache, name="dispatch")
class AuthorizeView(View):
    """RFC 6749 section 3.1, code with PKCE only. What was checked stays on the server: the page
    carries a handle, and nothing it posts is trusted beyond yes or no.
    """

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            uri = checked_uri(request)
            exchange = Exchange(at=timezone.now(), origin=origin_of(request))
            server = make_server(exchange)
            credentials = self._validate(server, uri)
            if isinstance(credentials, HttpResponse):
                return credentials
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return self._ask(request, uri, credentials, exchange)
        except RefusedError as refused:
            return error_page(request, refused)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            kept = taken_back(request)
            uri = kept["uri"]
            exchange = Exchange(at=timezone.now(), origin=origin_of(request))
            server = make_server(exchange)
            credentials = self._validate(server, uri)
            if isinstance(credentials, HttpResponse):
                return credentials
            consent = self._consent(request, credentials, exchange)
            if isinstance(consent, HttpResponse):
                return consent
            if request.POST.get("decision") != "allow":
                refuse_consent(consent=consent, origin=exchange.origin, at=exchange.at)
                denied = errors.AccessDeniedError(state=credentials["state"])
                return to_client(denied.in_uri(credentials["redirect_uri"]))
            exchange.consent = as_shown(consent, kept)
            return self._grant(server, uri, credentials)
        except RefusedError as refused:
            return error_page(request, refused)

    def _grant(self, server: Server, uri: str, credentials: dict[str, Any]) -> HttpResponse:
        """The library checks everything once more and asks our validator to store the code."""
        try:
            headers, _, _ = server.create_authorization_response(uri, credentials=credentials)
        except errors.FatalClientError as error:
            raise RefusedError("This link is not right", str(error.description)) from error
        return to_client(headers["Location"])

    def _validate(self, server: Server, uri: str) -> dict[str, Any] | HttpResponse:
        """The library's checks: a fault in client or redirect URI is shown here, any other goes
        to the client (RFC 6749 section 4.1.2.1).
        """
        try:
            scopes, credentials = server.validate_authorization_request(uri)
        except errors.FatalClientError as error:
            raise RefusedError("This link is not right", str(error.description)) from error
        except errors.OAuth2Error as error:
            return to_client(error.in_uri(error.redirect_uri))
        return {**credentials, "scopes": list(dict.fromkeys(scopes))}

    def _consent(
        self, request: HttpRequest, credentials: dict[str, Any], exchange: Exchange
    ) -> Consent | HttpResponse:
        user = request.user
        if not isinstance(user, User) or exchange.client is None:
            raise RefusedError("Please sign in again", "You are not signed in.", 403)
        person = person_at_grant(user.pk, at=exchange.at)
        try:
            return prepare_consent(
                grant=exchange.client, person=person, scopes=credentials["scopes"]
            )
        except ForbiddenError as error:
            raise RefusedError("Not for your account", str(error), 403) from error
        except DomainError as error:
            refused = errors.CustomOAuth2Error(
                error.code, description=str(error), state=credentials["state"]
            )
            return to_client(refused.in_uri(credentials["redirect_uri"]))

    def _ask(
        self,
        request: HttpRequest,
        uri: str,
        credentials: dict[str, Any],
        exchange: Exchange,
    ) -> HttpResponse:
        consent = self._consent(request, credentials, exchange)
        if isinstance(consent, HttpResponse):
            return consent
        page = render(
            request, "oauth/authorize.html", consent_page(request, consent, credentials, uri)
        )
        # Browsers apply form-action to the redirect that follows the form, too.
        page._csp_update = {"form-action": [origin_part(credentials["redirect_uri"])]}  # type: ignore[attr-defined]  # noqa: SLF001 -- django-csp's documented attribute
        # Not no-referrer: a browser would then post the form with `Origin: null`, which the CSRF
        # check refuses. Nothing leaves our own origin either way.
        page["Referrer-Policy"] = "same-origin"
        return page


def checked_uri(request: HttpRequest) -> str:
    """The request's known parameters, each once, as one clean address."""
    try:
        pairs = check_parameters(parse_parameters(request.META.get("QUERY_STRING", "").encode()))
    except (MalformedRequestError, UnicodeError) as error:
        raise RefusedError("This link is not right", str(error)) from error
    return f"{settings.PUBLIC_URL}/oauth/authorize?{urlencode(pairs)}"


def keep(request: HttpRequest, uri: str, consent: Consent) -> str:
    """Keep the validated request and what is shown of it on the server; the handle is good for
    one answer.
    """
    handle = secrets.token_urlsafe(16)
    kept = dict(list(request.session.get(KEPT, {}).items())[-(MOST_KEPT - 1) :])
    shown = {
        "uri": uri,
        "scopes": consent.scopes,
        "projects": [str(project) for project in consent.projects],
    }
    request.session[KEPT] = {**kept, handle: shown}
    return handle


def taken_back(request: HttpRequest) -> dict[str, Any]:
    kept = dict(request.session.get(KEPT, {}))
    shown = kept.pop(request.POST.get("request_handle", ""), None)
    if shown is None or not request.user.is_authenticated:
        detail = "It was answered already, or you have signed in anew. Go back to the application."
        raise RefusedError("This page is no longer valid", detail)
    request.session[KEPT] = kept
    return dict(shown)


def as_shown(consent: Consent, kept: dict[str, Any]) -> Consent:
    projects = frozenset(uuid.UUID(project) for project in kept["projects"])
    return consent.narrowed_to(kept["scopes"], projects)


def in_words(lasts: timedelta) -> str:
    """A lifetime as a person reads it."""
    if lasts.days:
        return f"at most {lasts.days} days, or until your company or the buyer ends it"
    return f"{int(lasts.total_seconds() // 60)} minutes"


def to_client(location: str) -> HttpResponse:
    """303 to the client with our issuer, on success and on error (RFC 9207, RFC 9700 4.12)."""
    response = HttpResponse(status=303)
    response["Location"] = add_params_to_uri(location, [("iss", settings.PUBLIC_URL)])
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def error_page(request: HttpRequest, refused: RefusedError) -> HttpResponse:
    context = {
        "title": refused.title,
        "detail": refused.detail,
        "request_id": request.META.get("countersign.request_id", ""),
    }
    return render(request, "oauth/error.html", context, status=refused.status)


def origin_part(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def consent_page(
    request: HttpRequest, consent: Consent, credentials: dict[str, Any], uri: str
) -> dict[str, Any]:
    """What a person needs to decide: who asks, for whom, what it allows, until when."""
    client = consent.grant.client
    return {
        "client_name": client.name,
        "client_partner_name": client.partner.name if client.partner else "",
        "partner_name": consent.person.partner_name,
        "user_email": consent.person.user.email,
        "scopes": [CATALOGUE[name] for name in consent.scopes],
        "projects": project_titles(consent.projects),
        "redirect_host": origin_part(credentials["redirect_uri"]),
        "expires_text": in_words(consent.lasts),
        "request_handle": keep(request, uri, consent),
    }
