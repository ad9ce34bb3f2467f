"""The last things the trail says about a record, for that record's page."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode

from apps.audit.models import Event
from apps.audit.selectors import events_naming, events_of_part
from apps.identity.admin.cells import EMPTY, link, list_url, record_url, tag, when
from apps.identity.admin.records import Table

SHOWN = 10
HEAD = ("When", "What", "By", "About", "Outcome")


def trail_table(request: HttpRequest, name: str, *, title: str = "Trail") -> Sequence[Table]:
    """The events that name this id. Nothing for somebody who may not read the trail."""
    return _told(request, events_naming(name), name, title)


def part_trail(
    request: HttpRequest, part: str, part_id: str, *, of: str, title: str = "Trail"
) -> Sequence[Table]:
    """The same of one part of a subject, as the data of the subject's events names it; the whole
    list is the subject's.
    """
    return _told(request, events_of_part(of, part, part_id), of, title)


def _told(request: HttpRequest, events: QuerySet[Event], whole: str, title: str) -> Sequence[Table]:
    if not request.user.has_perm("audit.view_event"):
        return ()
    rows = [
        (
            when(event.at),
            link(event.action, record_url(event)),
            event.private.get("actor_label") or event.actor_id,
            event.subject_label or event.subject_id or EMPTY,
            tag(event.outcome),
        )
        for event in events.order_by("-id")[:SHOWN]
    ]
    return (Table(title, HEAD, rows, "Nothing yet.", list_url(Event, urlencode({"q": whole}))),)
