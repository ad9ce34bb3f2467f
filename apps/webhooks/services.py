"""What reading the trail leaves in the trail."""

from collections.abc import Mapping
from datetime import datetime

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor

WHOLE = Subject("trail", "trail")


def record_trail_read(
    *,
    actor: Actor,
    at: datetime,
    filters: Mapping[str, str],
    events: int,
    subject: Subject = WHOLE,
    reason: str = "",
) -> None:
    """A restricted read is an event (spec 4 no. 3): who looked for what, why, and how much it saw.
    ``subject`` is whose part of the trail it was, where it was not the whole.
    """
    record(
        action=Action.AUDIT_READ,
        actor=actor,
        at=at,
        subject=subject,
        data={"filters": dict(filters), "events": events},
        private={"reason": reason},
    )
