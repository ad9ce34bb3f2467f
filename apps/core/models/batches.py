"""Deleting in bounded batches."""

from datetime import datetime

from django.db import connection, models


def delete_expired(model: type[models.Model], column: str, *, at: datetime, limit: int) -> int:
    """Delete at most ``limit`` rows whose ``column`` lies before ``at``, oldest first.

    One statement, without the ORM's collector; rows that another transaction holds are left for
    the next run, so two runs never wait for each other (spec 6, purge_expired). What is chosen is
    materialized: as a plain subquery a plan may run it again for every row, and each time it would
    choose others.
    """
    quote = connection.ops.quote_name
    meta = model._meta  # noqa: SLF001 -- Django's documented name
    field = meta.get_field(column)
    if not isinstance(field, models.DateTimeField):
        raise TypeError(f"{meta.label}.{column} is not a time to expire by")
    names = (meta.db_table, field.column, meta.pk.column)
    table, expires, key = (quote(str(name)) for name in names)
    oldest = f"{expires} < %s ORDER BY {expires} LIMIT %s FOR UPDATE SKIP LOCKED"
    chosen = f"SELECT {key} FROM {table} WHERE {oldest}"  # noqa: S608 -- names of our own models  # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH chosen AS MATERIALIZED ({chosen}) "  # noqa: S608 -- as above  # nosec B608
            f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM chosen)",
            [at, limit],
        )
        return int(cursor.rowcount)
