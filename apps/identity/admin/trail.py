"""The last things the trail says about a record, for that record's page."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.audit.models import Event
from apps.identity.admin.cells import EMPTY, link, list_url, record_url, tag, when
from apps.identity.admin.records import Table

SHOWN = 10
HEAD = ("When", "What", "By", "About", "Outcome")


def trail_table(
    request: HttpRequest, title: str, events: QuerySet[Event], query: str
) -> Sequence[Table]:
    """Nothing for somebody who may not read the trail."""
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
        for event in events[:SHOWN]
    ]
    return (Table(title, HEAD, rows, "Nothing yet.", list_url(Event, query)),)
