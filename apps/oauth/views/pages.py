"""Pages of the authorization server: the consent page's content, error pages, the way back."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from oauthlib.common import add_params_to_uri

from apps.oauth.keys import api_audience
from apps.oauth.policy.details import key_actions
from apps.oauth.policy.dpop import must_be_bound
from apps.oauth.scopes import CATALOGUE, restricted
from apps.oauth.selectors import project_titles
from apps.oauth.services.codes import Consent
from apps.oauth.services.limits import limits_in_words

HOURS_OF_DAY = 24
SOON = timedelta(hours=1)  # What ends by itself so soon is ended by nobody before.


class RefusedError(Exception):
    """The request cannot be answered at the client's address: the person is told here."""

    def __init__(self, title: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.title, self.detail, self.status = title, detail, status


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


def asking_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, leads_to: str = ""
) -> HttpResponse:
    """A page with a form whose answer may redirect to ``leads_to``."""
    page = render(request, template, context)
    if leads_to:
        # Browsers apply form-action to the redirect that follows the form, too.
        page._csp_update = {"form-action": [origin_part(leads_to)]}  # type: ignore[attr-defined]  # noqa: SLF001 -- django-csp's documented attribute
    # Not no-referrer: a browser would then post the form with `Origin: null`, which the CSRF
    # check refuses. Nothing leaves our own origin either way.
    page["Referrer-Policy"] = "same-origin"
    return page


def origin_part(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def life_in_words(lasts: timedelta) -> str:
    """A lifetime as a person reads it: in its two largest units, never shorter than it is."""
    hours, minutes = divmod(-(-lasts // timedelta(minutes=1)), 60)
    if hours >= HOURS_OF_DAY and minutes:
        hours, minutes = hours + 1, 0
    days, hours = divmod(hours, HOURS_OF_DAY)
    parts = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    said = " and ".join(_counted(number, unit) for number, unit in parts if number)
    if lasts <= SOON:
        return said
    return f"at most {said}, or until your company or the buyer ends it"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def consent_content(consent: Consent, *, at: datetime, dpop_jkt: str = "") -> dict[str, Any]:
    """What a person needs to decide: who asks, for whom, what it allows, until when. What is
    restricted is given only by a token bound to a key: with ``dpop_jkt`` it is sure to be.
    """
    client, person, own = consent.grant.client, consent.person, api_audience()
    is_bound = bool(dpop_jkt) or must_be_bound(client)
    return {
        "client_name": client.name,
        "client_partner_name": client.partner.name if client.partner else "",
        "partner_name": person.partner_name,
        "user_email": person.user.email,
        "scopes": [CATALOGUE[name] for name in consent.scopes],
        "needs_key": [] if is_bound else restricted(consent.scopes),
        "key_actions": [] if is_bound else key_actions(consent.authorization_details),
        "limits": limits_in_words(
            consent.authorization_details,
            projects=person.projects,
            partner_id=person.partner_id,
        ),
        "resources": [one for one in consent.resources if one != own],
        "only_there": bool(consent.resources) and own not in consent.resources,
        "projects": project_titles(consent.projects),
        "expires_text": life_in_words(consent.lasts(at=at)),
    }
