"""Searching the trail by what people have in hand."""

import uuid
from datetime import datetime

from django.db.models import QuerySet

from apps.audit.models import Event, PendingEvent


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


def unsealed_count() -> int:
    """How many events wait for the sealer."""
    return PendingEvent.objects.count()
