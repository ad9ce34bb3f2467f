"""Letting one process at a time do a job, for as long as its transaction lasts."""

from django.db import connection


def try_lock(name: str) -> bool:
    """Take the named lock until the transaction ends; False when another transaction has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        row = cursor.fetchone()
    return bool(row and row[0])
