"""The authorization endpoint: check the request, show what is asked, remember the answer."""

from dataclasses import replace
from urllib.parse import urlencode

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from oauthlib.oauth2.rfc6749 import errors

from apps.core.errors import DomainError
from apps.identity.models import User
from apps.oauth.errors import InvalidRequestUriError
from apps.oauth.policy.requests import (
    MalformedRequestError,
    Parameters,
    check_parameters,
    parse_parameters,
)
from apps.oauth.policy.sign_in import SignIn, must_sign_in_again
from apps.oauth.selectors import person_at_grant
from apps.oauth.selectors.consents import standing_consent
from apps.oauth.services.authorization import (
    AuthorizationRequest,
    check_person,
    is_answered,
    must_step_up,
    require_pushed,
    require_sign_in,
)
from apps.oauth.services.codes import Consent, prepare_consent, refuse_consent
from apps.oauth.services.exchange import Exchange
from apps.oauth.services.pushed import pushed_request
from apps.oauth.services.refusals import record_denial_of_person
from apps.oauth.views.checking import check_request, client_of, for_client, library_uri
from apps.oauth.views.demands import demand_sign_in, demanded_at, demands_are_met
from apps.oauth.views.descriptions import described
from apps.oauth.views.endpoints import exchange_of, make_server, read_form
from apps.oauth.views.kept import as_shown, keep, taken_back
from apps.oauth.views.pages import (
    RefusedError,
    asking_page,
    consent_content,
    error_page,
    origin_part,
    to_client,
)
from apps.oauth.views.sign_in import sign_in_of

KEPT = "oauth.authorize"
SHAPE = frozenset({"parameters", "resources", "pushed", "scopes", "projects", "details"})
NOT_RIGHT = "This link is not right"


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class AuthorizeView(View):
    """RFC 6749 section 3.1, code with PKCE only. What was checked stays on the server: the page
    carries a handle, and nothing it posts is trusted beyond yes or no.
    """

    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Faults of client and redirect URI are shown here, any other goes to the client (RFC
        6749 section 4.1.2.1).
        """
        try:
            return super().dispatch(request, *args, **kwargs)
        except RefusedError as refused:
            return error_page(request, refused)
        except errors.FatalClientError as error:
            return error_page(request, RefusedError(NOT_RIGHT, str(described(error).description)))
        except errors.OAuth2Error as error:
            return to_client(described(error).in_uri(error.redirect_uri))

    def get(self, request: HttpRequest) -> HttpResponse:
        exchange, pushed = request_of(request)
        asked = check_request(exchange, pushed=pushed)
        try:
            require_pushed(asked, client_of(exchange))
            return self._answer(request, exchange, asked)
        except DomainError as error:
            deny(request, exchange, error)
            raise for_client(error, asked.redirect_uri, asked.state) from error

    def post(self, request: HttpRequest) -> HttpResponse:
        """The person's answer, or the request itself (OpenID Connect Core section 3.1.2.1)."""
        if "request_handle" in request.POST:
            return self._decide(request)
        try:
            pairs = read_form(request)
        except MalformedRequestError as error:
            raise RefusedError(NOT_RIGHT, str(error)) from error
        response = HttpResponseRedirect(f"{request.path}?{urlencode(pairs)}")
        response.status_code = 303
        return response

    def _answer(
        self, request: HttpRequest, exchange: Exchange, asked: AuthorizationRequest
    ) -> HttpResponse:
        sign_in = sign_in_of(request)
        if sign_in is None:
            require_sign_in(asked)
            return redirect_to_login(request.get_full_path())
        if must_sign_in_again(
            sign_in,
            max_age=asked.max_age,
            prompts=asked.prompts,
            demanded_at=demanded_at(request, at=exchange.at),
            at=exchange.at,
        ):
            require_sign_in(asked)
            demand_sign_in(request, at=exchange.at)
            return redirect_to_login(
                request.get_full_path(), login_url=reverse("account_reauthenticate")
            )
        check_person(asked, user_of(request), at=exchange.at)
        if must_step_up(asked, sign_in, has_second_factor=is_mfa_enabled(user_of(request))):
            return redirect_to_login(
                request.get_full_path(), login_url=reverse("mfa_reauthenticate")
            )
        consent = consent_of(request, exchange, asked, sign_in)
        if is_answered(
            asked, consent, standing_consent(consent.person.user.pk, client_pk(exchange))
        ):
            demands_are_met(request)
            return self._grant(exchange, asked, replace(consent, remembered=True))
        return self._ask(request, exchange, asked, consent)

    def _ask(
        self,
        request: HttpRequest,
        exchange: Exchange,
        asked: AuthorizationRequest,
        consent: Consent,
    ) -> HttpResponse:
        shown = {
            "parameters": exchange.parameters,
            "resources": exchange.resources,
            "pushed": asked.pushed,
            "scopes": consent.scopes,
            "projects": [str(project) for project in consent.projects],
            "details": consent.authorization_details,
        }
        context = {
            **consent_content(consent, at=exchange.at, dpop_jkt=asked.dpop_jkt),
            "redirect_host": origin_part(asked.redirect_uri),
            "request_handle": keep(request, KEPT, shown, at=exchange.at),
        }
        return asking_page(request, "oauth/authorize.html", context, leads_to=asked.redirect_uri)

    @method_decorator(csrf_protect)
    def _decide(self, request: HttpRequest) -> HttpResponse:
        exchange = exchange_of(request, [])
        kept = taken_back(request, KEPT, shape=SHAPE, at=exchange.at)
        demands_are_met(request)
        exchange.parameters, exchange.resources = kept["parameters"], tuple(kept["resources"])
        asked = replace(
            check_request(exchange, pushed=kept["pushed"]), authorization_details=kept["details"]
        )
        try:
            consent = consent_of(request, exchange, asked, sign_in_of(request))
            if request.POST.get("decision") == "allow":
                return self._grant(exchange, asked, as_shown(consent, kept))
            refuse_consent(
                consent=consent, origin=exchange.origin, at=exchange.at, pushed=asked.pushed
            )
        except DomainError as error:
            deny(request, exchange, error)
            raise for_client(error, asked.redirect_uri, asked.state) from error
        return to_client(errors.AccessDeniedError(state=asked.state).in_uri(asked.redirect_uri))

    def _grant(
        self, exchange: Exchange, asked: AuthorizationRequest, consent: Consent
    ) -> HttpResponse:
        """The library checks everything once more and asks our validator to store the code."""
        exchange.consent, exchange.asked = consent, asked.for_code
        headers, _, _ = make_server(exchange).create_authorization_response(
            library_uri(exchange), credentials={"scopes": asked.scopes}
        )
        return to_client(headers["Location"])


def request_of(request: HttpRequest) -> tuple[Exchange, int | None]:
    """The request the browser brings, or the pushed one it points to (RFC 9126 section 4)."""
    try:
        query = request.META.get("QUERY_STRING", "").encode()
        exchange = exchange_of(request, check_parameters(parse_parameters(query)))
    except (MalformedRequestError, UnicodeError) as error:
        raise RefusedError(NOT_RIGHT, str(error)) from error
    request_uri = exchange.parameters.get("request_uri")
    if request_uri is None:
        return exchange, None
    client_id = exchange.parameters.get("client_id", "")
    try:
        row = pushed_request(request_uri, client_id=client_id, at=exchange.at)
    except InvalidRequestUriError as error:
        raise RefusedError(NOT_RIGHT, f"{str(error).rstrip('.')} ({error.code}).") from error
    pairs: Parameters = [(name, value) for name, value in row.parameters]
    return exchange_of(request, pairs), row.pk


def user_of(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise RefusedError("Please sign in again", "You are not signed in.", 403)
    return request.user


def client_pk(exchange: Exchange) -> int:
    return client_of(exchange).pk


def consent_of(
    request: HttpRequest,
    exchange: Exchange,
    asked: AuthorizationRequest,
    sign_in: SignIn | None,
) -> Consent:
    """What the person would hand on. Raises what `prepare_consent` raises."""
    user = user_of(request)
    if exchange.client is None or sign_in is None:
        raise RefusedError("Please sign in again", "You are not signed in.", 403)
    return prepare_consent(
        grant=exchange.client,
        person=person_at_grant(user.pk, at=exchange.at),
        sign_in=sign_in,
        scopes=asked.scopes,
        at=exchange.at,
        resources=asked.resources,
        authorization_details=asked.authorization_details,
        claims=asked.claims,
    )


def deny(request: HttpRequest, exchange: Exchange, error: DomainError) -> None:
    """For the trail, where the person is known."""
    if isinstance(request.user, User):
        record_denial_of_person(
            user=request.user,
            client=client_of(exchange),
            code=error.code,
            origin=exchange.origin,
            at=exchange.at,
        )
