"""Trails of any length, and the hands of somebody who may do anything to the database."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from apps.audit.events import Action
from apps.audit.models import Event
from apps.audit.services import seal_audit, seal_pending
from apps.core.ids import new_id


def new_event(**changes: Any) -> Event:
    """Not saved yet."""
    facts = {
        "at": datetime.now(tz=UTC),
        "action": Action.ORDER_CREATED,
        "actor_kind": "client",
        "actor_id": "erp",
        "session_id": new_id(),
        "client_id": "erp",
        "partner_id": new_id(),
        "subject_kind": "purchase_order",
        "subject_id": f"po_{secrets.token_hex(8)}",
        "subject_label": "PO-2026-000001",
        "request_id": f"req-{secrets.token_hex(8)}",
        "data": {"revision": 1, "scopes": ["purchase_orders:create"], "largest": None},
        "private": {"actor_label": "ERP", "ip": "192.0.2.1", "user_agent": "Mozilla/5.0 ü"},
        "salt": secrets.token_hex(16),
    }
    return Event(**(facts | changes))


def events(count: int, **changes: Any) -> list[Event]:
    """Written, and waiting for the sealer; in the order of their ids, as it takes them."""
    rows = sorted((new_event(**changes) for _ in range(count)), key=lambda event: event.pk)
    return Event.objects.bulk_create(rows)


def sealed_events(count: int, **changes: Any) -> list[Event]:
    """Sealed, in the order of the list."""
    written = events(count, **changes)
    while seal_pending().sealed:
        pass
    return written


def signed_log(*sizes: int) -> list[Event]:
    """A log that grew by each of the sizes in turn and was signed each time."""
    written = []
    for size in sizes:
        written += events(size)
        seal_audit(at=datetime.now(tz=UTC), force_checkpoint=True)
    return written


@contextmanager
def triggers_off() -> Iterator[CursorWrapper]:
    """What a superuser of the database can do: no trigger sees these statements."""
    with connection.cursor() as cursor:
        # Checks that wait for the end of the transaction would see what is done here.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
