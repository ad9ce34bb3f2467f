"""What the admin's first page answers: access now, denials, what expires, the trail's state."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from apps.audit.models import Checkpoint, Event
from apps.audit.selectors import log_size, search_trail, unsealed_count
from apps.governance.admin.work import waiting
from apps.identity.admin.cells import codes, link, list_url, to, when
from apps.identity.admin.records import Table
from apps.oauth.models import Client, ClientStatus, RestrictedScopeRequest, TokenSession
from apps.oauth.policy.scope_requests import MAY_DECIDE
from apps.oauth.selectors import live_sessions
from apps.oauth.selectors.scope_requests import waiting_requests
from apps.partners.models import Partner
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

SHOWN = 8
DENIED_WITHIN = timedelta(hours=24)
SOON = timedelta(days=30)
ENDING_AS: dict[str, str] = {
    ProjectStatus.OPEN: "Project",
    ProjectStatus.ON_HOLD: "Project, on hold",
    ProjectStatus.CLOSING: "Project, winding down",
}


def bar(number: int, most: int) -> SafeString:
    """A number, and how it compares; the number is the text, the bar is for the eye."""
    return format_html(
        '<span class="bar"><meter aria-hidden="true" min="0" max="{}" value="{}"></meter>{}</span>',
        most,
        number,
        number,
    )


def panels(request: HttpRequest, *, at: datetime) -> Iterator[Table]:
    """What waits for this member of staff, and what they may know."""
    user = request.user
    yield from waiting(request)
    if user.has_perm("oauth.view_tokensession"):
        yield _access_now(at)
    if user.has_perm("audit.view_event"):
        yield _denied(at)
    if user.has_perm(MAY_DECIDE):
        yield from _to_decide(at)
    if user.has_perm("oauth.view_client"):
        yield _expiring(at)
    if user.has_perm("audit.view_checkpoint"):
        yield _sealing()


def _to_decide(at: datetime) -> Iterator[Table]:
    """What a second person is waited for; nothing where nothing waits."""
    waiting = waiting_requests(at=at).order_by("expires_at")
    rows = [
        (to(one), codes(one.scopes), one.asked_by, when(one.expires_at)) for one in waiting[:SHOWN]
    ]
    if rows:
        head = ("Request", "Scopes", "Asked by", "Until")
        more = list_url(RestrictedScopeRequest, "state__exact=open")
        yield Table("Waits for a second person", head, rows, "", more)


def _access_now(at: datetime) -> Table:
    counted = live_sessions(at=at).order_by().values("partner", "kind").annotate(n=Count("pk"))
    by_partner: dict[object, int] = {}
    for row in counted:
        by_partner[row["partner"]] = by_partner.get(row["partner"], 0) + row["n"]
    first = sorted(by_partner.items(), key=lambda item: -item[1])[:SHOWN]
    partners = Partner.objects.in_bulk([key for key, _number in first if key])
    most = first[0][1] if first else 0
    rows = [
        (to(partners[key]) if key in partners else "The buyer's own", bar(number, most))
        for key, number in first
    ]
    empty = "Nobody could act now. Onboard a partner and hand over its secret to begin."
    more = list_url(TokenSession, "state=live")
    return Table("Live sessions", ("Partner", "Sessions"), rows, empty, more)


def _denied(at: datetime) -> Table:
    denied = search_trail(outcome="denied", since=at - DENIED_WITHIN).order_by()
    kinds = denied.values("action", "data__code", "private__signal")
    counted = kinds.annotate(n=Count("pk")).order_by("-n", "action")
    first = list(counted[:SHOWN])
    most = first[0]["n"] if first else 0
    since = {"outcome__exact": "denied", "at__gte": (at - DENIED_WITHIN).isoformat()}
    rows = [(_why(row, since), bar(row["n"], most)) for row in first]
    more = list_url(Event, urlencode(since))
    return Table("Denied in 24 hours", ("Why", "Times"), rows, "Nothing was denied.", more)


def _why(row: Mapping[str, Any], since: dict[str, str]) -> SafeString:
    """What was refused so, as a list."""
    why = row["private__signal"] or row["data__code"]
    only = {"why": why} if why else {"action__exact": row["action"]}
    return link(why or row["action"], list_url(Event, urlencode(since | only)))


def _expiring(at: datetime) -> Table:
    until = at + SOON
    clients = Client.objects.filter(status=ClientStatus.ACTIVE)
    running = ENDING_AS.keys()
    projects = Project.objects.filter(status__in=running, access_until__range=(at, until))
    rows: list[tuple[object, str, datetime]] = [
        (to(client), "Client", client.expires_at or until)
        for client in clients.filter(expires_at__range=(at, until)).order_by("expires_at")[:SHOWN]
    ]
    rows += [
        (to(client), "Previous secret", client.previous_secret_expires_at or until)
        for client in clients.filter(previous_secret_expires_at__range=(at, until)).order_by(
            "previous_secret_expires_at"
        )[:SHOWN]
    ]
    rows += [
        (to(project), ENDING_AS[project.status], project.access_until)
        for project in projects.order_by("access_until")[:SHOWN]
    ]
    soonest = sorted(rows, key=lambda row: row[2])[:SHOWN]
    cells: Sequence[Sequence[object]] = [(name, what, when(day)) for name, what, day in soonest]
    empty = "Nothing ends in the next 30 days."
    return Table("Ending in 30 days", ("Which", "What", "When"), cells, empty)


def _sealing() -> Table:
    last = Checkpoint.objects.first()
    rows = [
        ("Sealed events", log_size()),
        ("Waiting for the seal", unsealed_count()),
        ("Last signed root", when(last.at) if last else "None yet: it comes within a minute."),
    ]
    return Table("The trail", ("What", "Now"), rows, "", list_url(Checkpoint))
