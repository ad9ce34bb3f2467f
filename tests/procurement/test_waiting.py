"""Others hold what a request needs: it gives up, is told to come again, and has lost nothing."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.audit.models import Event
from apps.gateway.models import IdempotencyRecord
from apps.procurement.models import DocumentSequence, OrderRevision, PurchaseOrder
from config.postgresql.waiting import wait_no_longer
from tests.factories.gateway import ORDERS, Caller, new_key, problem
from tests.factories.procurement import buyer_caller, drafted, order_payload
from tests.factories.threads import at_once, somebody_waits
from tests.factories.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
BATCHES = "/api/v1/batches"
HOLD = "SELECT 1 FROM procurement_purchaseorder WHERE id = %s FOR UPDATE"
HOLD_NUMBERS = "SELECT 1 FROM procurement_documentsequence FOR UPDATE"


@pytest.fixture
def other() -> Iterator[BaseDatabaseWrapper]:
    """Another's connection, within a transaction."""
    made = connection.copy()
    made.inc_thread_sharing()  # type: ignore[no-untyped-call]  # Django's stubs
    made.set_autocommit(False)  # type: ignore[no-untyped-call]  # Django's stubs
    yield made
    made.rollback()
    made.close()


def hold(other: BaseDatabaseWrapper, order: PurchaseOrder) -> None:
    with other.cursor() as cursor:
        cursor.execute(HOLD, [order.pk])


@pytest.fixture(params=({"lock": 1, "statement": 0}, {"lock": 0, "statement": 1}))
def impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our connections wait for a second."""
    options = dict(connection.settings_dict["OPTIONS"])
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    wait_no_longer(connection.settings_dict, **request.param)
    connection.close()
    yield
    monkeypatch.undo()
    connection.close()


def written() -> tuple[int, ...]:
    rows: tuple[Any, ...] = (PurchaseOrder, OrderRevision, Event, IdempotencyRecord)
    return tuple(model.objects.count() for model in rows)


def act(caller: Caller, order: PurchaseOrder, key: str) -> Any:
    tag = f'"{order.public_id}.1"'
    path = f"{ORDERS}/{order.public_id}/submit"
    return caller.post(path, {}, If_Match=tag, Idempotency_Key=key)


@pytest.mark.usefixtures("impatient")
def test_act_on_an_order_that_is_held_is_told_to_come_again(other: BaseDatabaseWrapper) -> None:
    world = make_world()
    order, erp, key = drafted(world), buyer_caller(world), new_key()
    hold(other, order)
    before = written()

    busy = act(erp, order, key)
    after = written()
    other.rollback()
    again = act(erp, order, key)

    assert problem(busy) == (503, "temporary-reduced-capacity")
    assert busy["Retry-After"] == "2"
    assert before == after
    assert (again.status_code, again.json()["status"]) == (200, "approved")
    assert "Idempotency-Replayed" not in again


@pytest.mark.usefixtures("impatient")
def test_order_whose_number_is_held_is_told_to_come_again(other: BaseDatabaseWrapper) -> None:
    world = make_world()
    first, erp, key = drafted(world), buyer_caller(world), new_key()
    with other.cursor() as cursor:
        cursor.execute(HOLD_NUMBERS)

    busy = erp.post(ORDERS, order_payload(world), Idempotency_Key=key)
    other.rollback()
    again = erp.post(ORDERS, order_payload(world), Idempotency_Key=key)

    assert problem(busy) == (503, "temporary-reduced-capacity")
    assert (first.number[-6:], again.json()["number"][-6:]) == ("000001", "000002")
    assert DocumentSequence.objects.get().last == 2


def batch(caller: Caller, orders: list[PurchaseOrder], key: str, *, atomic: bool) -> Any:
    items = [
        {"key": f"{key}-{n}", "id": order.public_id, "if_match": f'"{order.public_id}.1"'}
        for n, order in enumerate(orders)
    ]
    body = {"type": "purchase_orders.submit", "atomic": atomic, "items": items}
    return Caller(caller.token).post(BATCHES, body, Idempotency_Key=key)


def statuses(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [item["status"] for item in answer.json()["items"]]


@pytest.mark.usefixtures("impatient")
def test_item_whose_order_is_held_comes_again_alone(other: BaseDatabaseWrapper) -> None:
    world = make_world()
    orders, erp, key = [drafted(world) for _ in range(3)], buyer_caller(world), new_key()
    hold(other, orders[1])

    busy = batch(erp, orders, key, atomic=False)
    other.rollback()
    again = batch(erp, orders, key, atomic=False)

    assert statuses(busy) == [200, 503, 200]
    assert busy.json()["items"][1]["problem"]["code"] == "temporary-reduced-capacity"
    assert statuses(again) == [200, 200, 200]
    assert [item["replayed"] for item in again.json()["items"]] == [True, False, True]
    assert "Idempotency-Replayed" not in again


def deadlocked(world: World, other: BaseDatabaseWrapper) -> tuple[Any, Any]:
    """An atomic batch that PostgreSQL ends, for it and another wait for each other; and the same
    sent again. The other looks for deadlocks later, so it is never the one that is ended.
    """
    orders, erp, key = [drafted(world) for _ in range(3)], buyer_caller(world), new_key()
    with other.cursor() as cursor:
        cursor.execute("SET LOCAL deadlock_timeout = '20s'")
    hold(other, orders[2])

    def cross() -> None:
        somebody_waits()
        hold(other, orders[0])

    ended, _ = at_once(lambda: batch(erp, orders, key, atomic=True), cross)
    assert set(PurchaseOrder.objects.values_list("status", flat=True)) == {"draft"}
    other.rollback()
    return ended, batch(erp, orders, key, atomic=True)


def test_batch_that_loses_a_deadlock_does_nothing_and_may_be_sent_again(
    other: BaseDatabaseWrapper,
) -> None:
    ended, again = deadlocked(make_world(), other)

    assert problem(ended) == (503, "temporary-reduced-capacity")
    assert ended["Retry-After"] == "2"
    assert statuses(again) == [200, 200, 200]
    assert "Idempotency-Replayed" not in again
    assert OrderRevision.objects.filter(act="submit").count() == 3


def test_two_batches_in_opposite_order_both_get_done() -> None:
    """Neither is half done, whoever loses; the loser sends again until it is answered."""
    world = make_world()
    erp, orders = buyer_caller(world), [drafted(world) for _ in range(4)]
    seen: list[int] = []
    lock = threading.Lock()

    def run(chosen: list[PurchaseOrder]) -> list[int]:
        key = new_key()
        while True:
            answer = batch(erp, chosen, key, atomic=True)
            with lock:
                seen.append(answer.status_code)
            if answer.status_code != 503:
                return statuses(answer)

    found = sorted(at_once(lambda: run(orders), lambda: run(orders[::-1])))

    assert set(seen) <= {200, 503}
    assert found[0] == [200, 200, 200, 200]
    assert found[1][0] in {412, 424}
    assert OrderRevision.objects.filter(act="submit").count() == 4
