"""/account/activity/: what happened in the company, or what the person did, newest first."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.audit.models import Event
from apps.core.actor import ActorKind
from apps.core.errors import NotFoundError
from apps.governance.forms import TrailForm, in_words
from apps.governance.selectors import people_shown, portal_clients
from apps.governance.views.portal.visitor import Visitor, portal_page
from apps.oauth.models import Client
from apps.partners.models import PartnerUser
from apps.webhooks.selectors import OWN_TRAIL, own_trail

SHOWN = 25
SALT = "countersign.portal-activity"
NAMELESS = {ActorKind.STAFF: "The buyer", ActorKind.SYSTEM: "Countersign"}


@dataclass(frozen=True)
class Line:
    """An event as it is shown: nobody of the buyer's is named."""

    at: datetime
    what: str
    who: str
    about: str
    denied: bool


@portal_page("GET", "HEAD")
def activity(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    sees_all = visitor.acting is not None and OWN_TRAIL in visitor.actor.scopes
    people, clients = _colleagues(visitor) if sees_all else ([], [])
    query = {name: request.GET[name] for name in TrailForm.base_fields if request.GET.get(name)}
    form = TrailForm(query, people=people, clients=clients)
    events: list[Event] = []
    if form.is_valid():
        events = _page(request, visitor, form, query)
    names = _names(visitor, people, clients)
    shown = {
        "sees_all": sees_all,
        "form": form,
        "lines": [_line(event, names) for event in events[:SHOWN]],
        "older": _older(visitor, events, query),
    }
    return render(request, "portal/activity.html", shown)


def _colleagues(visitor: Visitor) -> tuple[list[PartnerUser], list[Client]]:
    if visitor.acting is None:
        return [], []
    company = visitor.acting.partner
    return list(people_shown(company)), list(portal_clients(company, at=visitor.at))


def _page(
    request: HttpRequest, visitor: Visitor, form: TrailForm, query: dict[str, str]
) -> list[Event]:
    """One event more than is shown tells whether there are older ones."""
    chosen = form.chosen()
    rows = own_trail(
        actor=visitor.actor,
        action=chosen["action"],
        person=chosen["person"],
        client_id=chosen["client"],
    )
    if "before" in request.GET:
        rows = rows.filter(pk__lt=_read(request.GET["before"], _binding(visitor, query)))
    return list(rows[: SHOWN + 1])


def _binding(visitor: Visitor, query: dict[str, str]) -> str:
    """Who reads what: a cursor leads on only in the list it came from."""
    said = repr((visitor.user.public_id, visitor.actor.partner_id, sorted(query.items())))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _older(visitor: Visitor, events: list[Event], query: dict[str, str]) -> str:
    if len(events) <= SHOWN:
        return ""
    last = events[SHOWN - 1].pk
    cursor = signing.dumps([str(last), _binding(visitor, query)], salt=SALT)
    return urlencode({**query, "before": cursor})


def _read(cursor: str, binding: str) -> UUID:
    """Raises NotFoundError for a cursor of somebody else, of another filter or of nobody."""
    try:
        key, bound_to = signing.loads(cursor, salt=SALT)
    except signing.BadSignature as error:
        raise NotFoundError("This page leads nowhere.") from error
    if bound_to != binding:
        raise NotFoundError("This page belongs to another list.")
    return UUID(key)


def _names(visitor: Visitor, people: list[PartnerUser], clients: list[Client]) -> dict[str, str]:
    """How those of the company are called, by the id that the trail has."""
    named = {one.user.public_id: one.user.get_full_name() for one in people}
    named |= {client.client_id: client.name for client in clients}
    return {**named, visitor.user.public_id: visitor.user.get_full_name()}


def _line(event: Event, names: dict[str, str]) -> Line:
    known = names.get(event.actor_id) or names.get(event.client_id)
    who = known or NAMELESS.get(ActorKind(event.actor_kind), event.actor_id)
    named = names.get(event.data.get("user", "")) or names.get(event.subject_id)
    about = named or event.subject_label or event.subject_id
    return Line(event.at, in_words(event.action), who, about, event.outcome == "denied")
