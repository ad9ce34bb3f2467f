"""Walks through lists: any sort, any page size, there and back, while rows come in."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.core.ids import new_id
from apps.gateway.rest.cursors import Binding, Position, read_cursor, write_cursor
from apps.gateway.rest.paging import read_page
from apps.gateway.rest.sorting import Column, column, ordering
from apps.procurement.models import OrderRevision, PurchaseOrder, RevisionAct
from tests.factories.audit import events
from tests.factories.gateway import ORDERS
from tests.factories.procurement import buyer_caller, drafted
from tests.factories.world import World, make_world

START = datetime(2026, 1, 1, tzinfo=UTC)
SOME_IDS = [uuid.UUID(int=number) for number in (1, 2)]

# Ties and gaps in every column, for those are where a walk goes wrong.
rows_of_events = st.lists(
    st.tuples(
        st.sampled_from(("allowed", "denied")),
        st.sampled_from((None, *SOME_IDS)),
        st.sampled_from((None, *SOME_IDS)),
        st.integers(0, 2),
    ),
    max_size=12,
)
orders_of_columns = st.lists(
    st.tuples(st.sampled_from(("outcome", "session_id", "partner_id", "at", "pk")), st.booleans()),
    min_size=1,
    max_size=4,
    unique_by=lambda column: column[0],
)


def columns_of(named: Sequence[tuple[str, bool]]) -> list[Column]:
    found = [column(Event, path, descending=descending) for path, descending in named]
    return [*found, column(Event, "pk", descending=found[-1].descending)]


HERE = Binding("caller", "question")


def passed_on(position: Position, columns: Sequence[Column]) -> Position:
    """The position as its cursor brings it back."""
    cursor = write_cursor(position.values, HERE, backwards=position.backwards)
    return read_cursor(cursor, columns, HERE)


def at_row(row: Event, columns: Sequence[Column], *, backwards: bool = False) -> Position:
    values = tuple(column.value(row) for column in columns)
    return passed_on(Position(values, backwards), columns)


@pytest.mark.django_db
@settings(deadline=None, max_examples=150)
@given(rows=rows_of_events, named=orders_of_columns, limit=st.integers(1, 5))
def test_walk_in_any_order_meets_every_row_once_there_and_back(
    rows: list[Any], named: list[tuple[str, bool]], limit: int
) -> None:
    story = str(uuid.uuid4())
    Event.objects.bulk_create(
        Event(
            subject_id=story,
            outcome=outcome,
            session_id=session,
            partner_id=partner,
            at=START + timedelta(microseconds=instant),
        )
        for outcome, session, partner, instant in rows
    )
    columns, events = columns_of(named), Event.objects.filter(subject_id=story)
    expected = list(events.order_by(*ordering(columns)))

    page = read_page(events, columns, None, limit)
    there, before = [page.rows], [page.before]
    while page.after:
        page = read_page(events, columns, at_row(page.rows[-1], columns), limit)
        there.append(page.rows)
        before.append(page.before)
    back = [page.rows]
    while page.before:
        page = read_page(events, columns, at_row(page.rows[0], columns, backwards=True), limit)
        back.insert(0, page.rows)

    assert [row for rows in there for row in rows] == expected
    assert [row for rows in back for row in rows] == expected
    assert all(len(rows) == limit for rows in there[:-1])
    assert before == [False] + [True] * (len(there) - 1)


def test_column_that_leads_to_many_rows_is_a_mistake_of_ours() -> None:
    with pytest.raises(FieldDoesNotExist):
        column(PurchaseOrder, "lines__line_no", descending=False)


# --- While rows come in -------------------------------------------------------------------------

INSERTED = 2000


def keep(orders: Sequence[PurchaseOrder]) -> None:
    """In one transaction with the newest context of each, which the database wants."""
    with transaction.atomic():
        PurchaseOrder.objects.bulk_create(orders)
        OrderRevision.objects.bulk_create(
            OrderRevision(
                order=order,
                revision=1,
                act=RevisionAct.CREATE,
                status=order.status,
                at=order.created_at,
                content={},
                session_id=order.created_by_session_id,
                scopes_granted=[],
                scopes_exercised=[],
                event=event,
            )
            for order, event in zip(orders, events(len(orders)), strict=True)
        )


def like(order: PurchaseOrder, number: int) -> PurchaseOrder:
    """Another order, made and changed now."""
    at = datetime.now(tz=UTC)
    fields = {
        field.attname: getattr(order, field.attname)
        for field in order._meta.concrete_fields  # noqa: SLF001 -- Django's documented name
    }
    return PurchaseOrder(
        **{**fields, "id": new_id(), "number": f"N{number}", "created_at": at, "updated_at": at}
    )


@pytest.fixture
def world_for_good(transactional_db: None) -> World:  # noqa: ARG001 -- other threads must see it
    return make_world()


@pytest.mark.parametrize("sort", ("updated_at", "id"))
def test_sync_while_rows_are_inserted_loses_none_and_doubles_none(
    world_for_good: World, sort: str
) -> None:
    erp, first, done = buyer_caller(world_for_good), drafted(world_for_good), Flag()

    def insert() -> None:
        try:
            for number in range(INSERTED):
                keep([like(first, number)])
        finally:
            connection.close()
            done.set()

    writer = Thread(target=insert)
    writer.start()
    seen, query = [], {"sort": sort, "limit": "200", "fields": "number"}
    while True:
        finished = done.is_set()
        page = erp.get(ORDERS, **query).json()
        seen += [row["number"] for row in page["data"]]
        last = page["page"]["next"]
        if last is None and finished:
            break
        query = query if last is None else {**query, "cursor": last}
        seen = seen if last else seen[: len(seen) - len(page["data"])]
    writer.join()

    assert seen == [first.number, *(f"N{number}" for number in range(INSERTED))]


def test_walk_from_the_newest_meets_each_that_was_there_once_while_rows_come_in(
    world_for_good: World,
) -> None:
    erp, first = buyer_caller(world_for_good), drafted(world_for_good)
    keep([like(first, number) for number in range(INSERTED)])
    expected = [*(f"N{number}" for number in reversed(range(INSERTED))), first.number]
    stop = Flag()

    def insert() -> None:
        number = INSERTED
        try:
            while not stop.is_set():
                keep([like(first, number)])
                number += 1
        finally:
            connection.close()

    query = {"sort": "-updated_at", "limit": "100", "fields": "number"}
    page = erp.get(ORDERS, **query).json()
    writer = Thread(target=insert)
    writer.start()
    seen = [row["number"] for row in page["data"]]
    while cursor := page["page"]["next"]:
        page = erp.get(ORDERS, cursor=cursor, **query).json()
        seen += [row["number"] for row in page["data"]]
    stop.set()
    writer.join()

    assert seen == expected
