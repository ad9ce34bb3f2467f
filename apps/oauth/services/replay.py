"""What may be used once: the ids of client assertions and of DPoP proofs."""

from datetime import datetime

from django.db import connection

from apps.core.crypto import keyed_digest
from apps.oauth.models import ReplayedId


def remember_once(*, purpose: str, value: str, expires: datetime) -> bool:
    """True for the first that comes with this value for this purpose, in any process.

    One statement, whose count decides; it is to stand outside a transaction that may yet be rolled
    back. After ``expires`` the value must be refused for its age, because the row may go.
    """
    table = connection.ops.quote_name(ReplayedId._meta.db_table)  # noqa: SLF001 -- Django's documented name
    statement = f"INSERT INTO {table} (digest, expires) VALUES (%s, %s) ON CONFLICT DO NOTHING"  # noqa: S608 -- our own table's name  # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(statement, [keyed_digest(purpose, value).hex(), expires])
        return bool(cursor.rowcount)
