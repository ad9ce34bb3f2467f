"""Devices (RFC 8628): the endpoint they ask at, and the page on which a person answers them."""

import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from apps.core.actor import Origin
from apps.core.errors import DomainError, NotFoundError
from apps.gateway.rest import origin_of
from apps.identity.models import User
from apps.oauth.errors import TooManyFailuresError
from apps.oauth.models import DeviceGrant
from apps.oauth.policy.device import read_user_code, shown_user_code
from apps.oauth.policy.sign_in import SignIn
from apps.oauth.services.authentication import authenticate_client
from apps.oauth.services.codes import Consent
from apps.oauth.services.device import (
    allow_device,
    asked_by_device,
    deny_device,
    find_device_grant,
    start_device_grant,
    waiting_device_grant,
)
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.refusals import record_denial_of_person
from apps.oauth.views.endpoints import FormEndpoint, oauth_answer
from apps.oauth.views.kept import as_shown, keep, taken_back
from apps.oauth.views.pages import RefusedError, asking_page, consent_content, error_page
from apps.oauth.views.sign_in import sign_in_of

KEPT = "oauth.device"
SHAPE = frozenset({"grant", "scopes", "projects", "details"})
PAGE = "/oauth/device"


class DeviceAuthorizationView(FormEndpoint):
    """RFC 8628 sections 3.1 and 3.2."""

    def answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        del request
        client = authenticate_client(exchange).client
        new = start_device_grant(exchange=exchange, client=client)
        page, shown = f"{settings.PUBLIC_URL}{PAGE}", shown_user_code(new.user_code)
        body = {
            "device_code": new.device_code,
            "user_code": shown,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?{urlencode({'user_code': shown})}",
            "expires_in": new.expires_in,
            "interval": new.interval,
        }
        return oauth_answer(json.dumps(body), 200)


@method_decorator(never_cache, name="dispatch")
class DeviceView(View):
    """RFC 8628 section 3.3. The code leads to the page that asks; what that asked about stays on
    the server, and nothing it posts is trusted beyond yes or no.
    """

    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except RefusedError as refused:
            return error_page(request, refused)

    def get(self, request: HttpRequest) -> HttpResponse:
        """A code in the address is filled in; the person still sends it on (section 3.3.1)."""
        person, code = request.user, read_user_code(request.GET.get("user_code", ""))
        if not isinstance(person, User):
            return to_sign_in(code)
        return code_page(request, person, shown_user_code(code) if code else "")

    def post(self, request: HttpRequest) -> HttpResponse:
        person, sign_in = request.user, sign_in_of(request)
        typed = request.POST.get("user_code", "")
        if not isinstance(person, User) or sign_in is None:
            return to_sign_in(read_user_code(typed))
        origin = origin_of(request)
        if "request_handle" in request.POST:
            return self._decide(request, person, sign_in, origin)
        try:
            grant = find_device_grant(typed=typed, person=person, origin=origin, at=timezone.now())
        except NotFoundError as error:
            return code_page(request, person, typed[:40], fault=str(error))
        except TooManyFailuresError as error:
            return too_many(request, error)
        return self._ask(request, grant, consent_for(request, grant, person, sign_in), origin)

    def _ask(
        self, request: HttpRequest, grant: DeviceGrant, consent: Consent, origin: Origin
    ) -> HttpResponse:
        user_code = read_user_code(request.POST["user_code"])
        shown = {
            "grant": grant.pk,
            "scopes": consent.scopes,
            "projects": [str(project) for project in consent.projects],
            "details": consent.authorization_details,
        }
        context = {
            **consent_content(consent, at=timezone.now()),
            "user_code": shown_user_code(user_code),
            "device_ip": grant.ip,
            "same_ip": grant.ip == origin.ip,
            "device_agent": grant.user_agent,
            "asked_at": grant.created,
            "request_handle": keep(request, KEPT, shown, at=timezone.now()),
        }
        return asking_page(request, "oauth/device_consent.html", context)

    def _decide(
        self, request: HttpRequest, person: User, sign_in: SignIn, origin: Origin
    ) -> HttpResponse:
        at = timezone.now()
        kept = taken_back(request, KEPT, shape=SHAPE, at=at)
        allowed = request.POST.get("decision") == "allow"
        answer = allow_device if allowed else deny_device
        try:
            grant = waiting_device_grant(kept["grant"], at=at)
            found = consent_for(request, grant, person, sign_in, details=kept["details"])
            consent = as_shown(found, kept)
            answer(grant=grant, consent=consent, origin=origin, at=at)
        except DomainError as error:
            raise RefusedError("The device no longer waits", str(error), 409) from error
        context = {"allowed": allowed, "client_name": consent.grant.client.name}
        return render(request, "oauth/device_done.html", context)


def consent_for(
    request: HttpRequest,
    grant: DeviceGrant,
    person: User,
    sign_in: SignIn,
    *,
    details: list[dict[str, Any]] | None = None,
) -> Consent:
    """What the person would hand on, within the ``details`` they were shown; if it is nothing they
    are told here why.
    """
    try:
        return asked_by_device(
            grant=grant, person=person, sign_in=sign_in, at=timezone.now(), details=details
        )
    except DomainError as error:
        record_denial_of_person(
            user=person,
            client=grant.client,
            code=error.code,
            origin=origin_of(request),
            at=timezone.now(),
        )
        raise RefusedError("Not for your account", str(error), 403) from error


def to_sign_in(code: str) -> HttpResponse:
    """And back here with the code."""
    query = urlencode({"user_code": shown_user_code(code)}) if code else ""
    return redirect_to_login(f"{PAGE}?{query}" if query else PAGE)


def code_page(request: HttpRequest, person: User, typed: str, *, fault: str = "") -> HttpResponse:
    context = {"user_code": typed, "fault": fault, "user_email": person.email}
    return render(request, "oauth/device.html", context, status=400 if fault else 200)


def too_many(request: HttpRequest, error: TooManyFailuresError) -> HttpResponse:
    page = render(request, "429.html", status=error.status)
    page["Retry-After"] = str(error.retry_after)
    return page
