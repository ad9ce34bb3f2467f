"""Orders by the hundred thousand, each a copy of one that the API made, whole: its lines, its
context, and the context's event. Called by benchmarks.child.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, models, transaction

from apps.audit.models import Event
from apps.procurement.models import OrderRevision, PurchaseOrder, PurchaseOrderLine
from benchmarks.plan import COPY

WRITERS = 2
AT_ONCE = 10
# Time-ordered as the product's are, and older than any of those.
KEY = "(lpad(to_hex(n), 12, '0') || '7' || left(md5(n::text), 19))::uuid"
NUMBER = f"'{COPY}' || n"
LONG_AGO = "now() - interval '1 day' + n * interval '1 ms'"
NOW = "clock_timestamp()"


def give_orders(count: int) -> dict[str, int]:
    """So many in all, and how many of them are copies, numbered from 1."""
    copies = PurchaseOrder.objects.filter(number__startswith=COPY).count()
    wanted = max(0, count - PurchaseOrder.objects.count())
    _copy(copies + 1, copies + wanted, LONG_AGO)
    with connection.cursor() as cursor:
        for model in (Event, OrderRevision, PurchaseOrder, PurchaseOrderLine):
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")  # noqa: SLF001 -- Django's documented name
    return {"orders": PurchaseOrder.objects.count(), "copies": copies + wanted}


def write_orders(first: int, last: int) -> dict[str, float]:
    """These copies now, some at a time, over connections that do not wait for one another."""
    begun, each = time.monotonic(), (last - first + 1) // WRITERS
    starts = [first + number * each for number in range(WRITERS)]
    ends = [start - 1 for start in starts[1:]] + [last]
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(_write, starts, ends))
    return {"seconds": time.monotonic() - begun}


def _write(first: int, last: int) -> None:
    try:
        for start in range(first, last + 1, AT_ONCE):
            _copy(start, min(start + AT_ONCE - 1, last), NOW)
    finally:
        connection.close()


def _copy(first: int, last: int, at: str) -> None:
    """In one transaction, for the database wants all of an order when it ends."""
    made = PurchaseOrder.objects.exclude(number__startswith=COPY).earliest("id")
    (context,) = OrderRevision.objects.filter(order=made)
    told = f"made.content || jsonb_build_object('number', {NUMBER})"
    times = {"created_at": at, "updated_at": at}
    with transaction.atomic(), connection.cursor() as cursor:
        for model, column, key, changed in (
            (Event, "id", context.event_id, {"id": KEY}),
            (PurchaseOrder, "id", made.pk, {"id": KEY, "number": NUMBER, **times}),
            (PurchaseOrderLine, "order_id", made.pk, {"order_id": KEY}),
            (
                OrderRevision,
                "id",
                context.pk,
                {"id": KEY, "order_id": KEY, "event_id": KEY, "content": told},
            ),
        ):
            cursor.execute(_statement(model, column, changed), [first, last, key])


def _statement(model: type[models.Model], column: str, changed: dict[str, str]) -> str:
    """Copies of the rows with this value in ``column``, but for what is ``changed``."""
    meta: Any = model._meta  # noqa: SLF001 -- Django's documented name
    counted = {meta.pk.column} - changed.keys()
    names = [one.column for one in meta.concrete_fields if one.column not in counted]
    values = [changed.get(name, f"made.{name}") for name in names]
    return (
        f"INSERT INTO {meta.db_table} ({', '.join(names)}) "  # noqa: S608 -- names of our tables
        f"SELECT {', '.join(values)} FROM {meta.db_table} AS made, generate_series(%s, %s) AS n "
        f"WHERE made.{column} = %s"
    )
