"""Recording an event: the single way into the trail."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.audit.events import Action, Outcome
from apps.audit.models import Event
from apps.audit.services.contexts import context_of, told_of_rights
from apps.core.actor import Actor
from apps.core.models import Insert

INSERT_EVENT = Insert(Event)


@dataclass(frozen=True)
class Subject:
    """What an event is about: its kind, its public id and how people call it."""

    kind: str
    id: str
    label: str = ""


def record(
    *,
    action: Action,
    actor: Actor,
    at: datetime,
    subject: Subject,
    data: dict[str, Any] | None = None,
    private: dict[str, Any] | None = None,
    outcome: Outcome = Outcome.ALLOWED,
) -> Event:
    """Append one event, in the caller's transaction, with the actor's authorization context.

    ``data`` is what the partner concerned may see; ``private`` is the buyer's part. Neither holds
    a secret, and neither holds a float (the trail is hashed as canonical JSON).
    """
    event = _event(action, actor, at, subject, data, private, outcome)
    INSERT_EVENT.row(event)
    return event


def record_many(
    *,
    action: Action,
    actor: Actor,
    at: datetime,
    entries: Iterable[tuple[Subject, dict[str, Any]]],
) -> int:
    """Append one event for each subject and its ``data``, all by one statement; how many."""
    events = [
        _event(action, actor, at, subject, data, None, Outcome.ALLOWED) for subject, data in entries
    ]
    return len(Event.objects.bulk_create(events))


def _event(
    action: Action,
    actor: Actor,
    at: datetime,
    subject: Subject,
    data: dict[str, Any] | None,
    private: dict[str, Any] | None,
    outcome: Outcome,
) -> Event:
    return Event(
        at=at,
        action=action,
        outcome=outcome,
        actor_kind=actor.kind,
        actor_id=actor.id,
        session_id=actor.session_id,
        client_id=actor.client_id,
        partner_id=actor.partner_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_label=subject.label,
        request_id=actor.origin.request_id,
        data={**told_of_rights(actor), **(data or {})},
        private={
            "actor_label": actor.label,
            "ip": actor.origin.ip,
            "user_agent": actor.origin.user_agent,
            **context_of(actor),
            **(private or {}),
        },
        salt=secrets.token_hex(16),
    )
