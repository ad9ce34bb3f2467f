"""Waiting for one another where there is no row to lock: advisory locks until the transaction ends.

Everybody takes them after the order's row and before the ledger's accounts, the project's first.
"""

import hashlib
import uuid

from django.db import connection


def number_of(*names: object) -> int:
    """What a lock is known by."""
    digest = hashlib.sha256(" ".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def spending_in(project_id: uuid.UUID) -> int:
    """Shared by all that spend in a project or give back; whoever opens its account is alone."""
    return number_of("spending in", project_id)


def take_turn(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def share_turn(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [number])
