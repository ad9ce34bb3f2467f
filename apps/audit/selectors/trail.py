"""Searching the trail by what people have in hand."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from apps.audit.canonical import EVENT_PREFIX, PARTNER_PREFIX, SESSION_PREFIX
from apps.audit.events import Outcome
from apps.audit.models import Event, PendingEvent
from apps.core.ids import decode_id

PUBLIC_IDS = {"id": EVENT_PREFIX, "session_id": SESSION_PREFIX, "partner_id": PARTNER_PREFIX}


def search_trail(
    *,
    subject_id: str | None = None,
    actor_id: str | None = None,
    client_id: str | None = None,
    session_id: uuid.UUID | None = None,
    partner_id: uuid.UUID | None = None,
    request_id: str | None = None,
    action: str | None = None,
    outcome: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Event]:
    """Events that match all that is given, newest first; ``until`` itself is not included."""
    wanted = {
        "subject_id": subject_id,
        "actor_id": actor_id,
        "client_id": client_id,
        "session_id": session_id,
        "partner_id": partner_id,
        "request_id": request_id,
        "action": action,
        "outcome": outcome,
        "at__gte": since,
        "at__lt": until,
    }
    given = {column: value for column, value in wanted.items() if value is not None}
    return Event.objects.filter(**given).order_by("-id")


def events_naming(term: str) -> QuerySet[Event]:
    """Events in which the term stands as it is: a subject's id or number, an actor, a client, a
    request, or the public id of a session, a partner or the event itself.
    """
    named = ["subject_id", "subject_label", "actor_id", "client_id", "request_id"]
    condition = reduce(or_, (Q(**{column: term}) for column in named))
    for column, prefix in PUBLIC_IDS.items():
        if decoded := decode_id(prefix, term):
            condition |= Q(**{column: decoded})
    return Event.objects.filter(condition)


def events_of_part(subject_id: str, part: str, part_id: str) -> QuerySet[Event]:
    """Of a subject's events those that are about one part of it: ``part`` is what the event's data
    calls it, such as `change`.
    """
    return Event.objects.filter(subject_id=subject_id, data__contains={part: part_id})


def denials_at(addresses: Iterable[str]) -> QuerySet[Event]:
    """What was refused at these addresses of the API, such as the acts on one order."""
    return Event.objects.filter(
        subject_id__in=list(addresses), subject_kind="request", outcome=Outcome.DENIED
    )


def unsealed_count() -> int:
    """How many events wait for the sealer."""
    return PendingEvent.objects.count()
