"""What reading the trail leaves in the trail."""

from collections.abc import Mapping
from datetime import datetime

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor


def record_trail_read(
    *, actor: Actor, at: datetime, filters: Mapping[str, str], events: int
) -> None:
    """A restricted read is an event (spec 4 no. 3): who looked for what, and how much it saw."""
    record(
        action=Action.AUDIT_READ,
        actor=actor,
        at=at,
        subject=Subject("trail", "trail"),
        data={"filters": dict(filters), "events": events},
    )
