"""What many callers do at once, on a real database and in their own transactions."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from apps.audit.events import Action
from apps.audit.models import Event
from apps.gateway.models import IdempotencyRecord
from apps.procurement.models import OrderRevision, PurchaseOrder
from tests.factories.gateway import ORDERS, new_key
from tests.factories.procurement import buyer_caller, issued, order_payload, vendor_caller
from tests.factories.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 8


def at_once(call: Callable[[int], Any]) -> list[Any]:
    """Eight calls that begin together, each on a connection of its own."""
    gate = Barrier(CALLERS)

    def one(number: int) -> Any:
        gate.wait()
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(one, range(CALLERS)))


def test_one_key_at_once_makes_one_order() -> None:
    world = make_world()
    erp, key, payload = buyer_caller(world), new_key(), order_payload(world)

    answers = at_once(lambda _n: erp.post(ORDERS, payload, Idempotency_Key=key))

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    made = [a for a in answers if a.status_code == 201 and "Idempotency-Replayed" not in a]
    assert len(made) == 1
    assert {a["Retry-After"] for a in answers if a.status_code == 409} <= {"1"}
    assert PurchaseOrder.objects.count() == OrderRevision.objects.count() == 1
    assert IdempotencyRecord.objects.count() == 1
    assert Event.objects.filter(action=Action.ORDER_CREATED).count() == 1


def test_orders_at_once_get_numbers_without_gap_or_double() -> None:
    world = make_world()
    erp, payload = buyer_caller(world), order_payload(world)

    answers = at_once(lambda _n: erp.post(ORDERS, payload))

    assert {answer.status_code for answer in answers} == {201}
    numbers = sorted(int(answer.json()["number"][-6:]) for answer in answers)
    assert numbers == list(range(1, CALLERS + 1))


def test_submits_from_one_etag_at_once_move_the_order_once() -> None:
    world = make_world()
    erp = buyer_caller(world)
    created = erp.post(ORDERS, order_payload(world))
    path = f"{created['Location']}/submit"

    answers = at_once(lambda _n: erp.post(path, {"reason": ""}, If_Match=created["ETag"]))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {200: 1, 412: CALLERS - 1}
    order = PurchaseOrder.objects.get()
    assert (order.status, order.revision) == ("approved", 2)
    assert OrderRevision.objects.count() == 2


def test_opposite_answers_at_once_leave_one() -> None:
    world = make_world()
    order, acme = issued(world), vendor_caller(world.acme)
    path = f"{ORDERS}/{order.public_id}/acknowledgements"

    answers = at_once(
        lambda number: acme.post(path, {"response": ("AP", "RE")[number % 2]}, If_Match="*")
    )

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: 1, 409: CALLERS - 1}
    winner = next(answer for answer in answers if answer.status_code == 201)
    order.refresh_from_db()
    assert order.revision == 4
    expected = {"AP": "acknowledged", "RE": "declined"}
    assert order.status == expected[winner.json()["response"]]
