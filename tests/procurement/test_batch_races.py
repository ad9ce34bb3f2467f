"""Batches at the same moment, on a real database and in their own transactions."""

from typing import Any

import pytest

from apps.procurement.models import OrderRevision, PurchaseOrder
from tests.factories.gateway import Caller, new_key
from tests.factories.procurement import buyer_caller, drafted, order_payload
from tests.factories.threads import at_once
from tests.factories.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)
BATCHES = "/api/v1/batches"


def run(caller: Caller, kind: str, key: str, items: list[dict[str, Any]]) -> Any:
    body = {"type": f"purchase_orders.{kind}", "atomic": True, "items": items}
    return Caller(caller.token).post(BATCHES, body, Idempotency_Key=key)


def statuses(answer: Any) -> list[int]:
    return [item["status"] for item in answer.json()["items"]] if answer.status_code == 200 else []


def test_one_batch_sent_twice_at_once_is_done_once() -> None:
    world = make_world()
    erp, key = buyer_caller(world), new_key()
    items = [{"key": new_key(), "body": order_payload(world)} for _ in range(3)]

    answers = at_once(*[lambda: run(erp, "create", key, items)] * 4)

    # The others wait their turn, are told to come back, or are answered alike.
    assert {tuple(statuses(answer)) for answer in answers} <= {
        (201, 201, 201),
        (409, 424, 424),
        (),
    }
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert PurchaseOrder.objects.count() == 3
    assert statuses(run(erp, "create", key, items)) == [201, 201, 201]


def test_two_batches_over_the_same_orders_leave_each_moved_once() -> None:
    world = make_world()
    erp, orders = buyer_caller(world), [drafted(world) for _ in range(3)]
    items = [{"id": order.public_id, "if_match": f'"{order.public_id}.1"'} for order in orders]

    def submit(chosen: list[dict[str, Any]]) -> Any:
        return run(erp, "submit", new_key(), [{**item, "key": new_key()} for item in chosen])

    answers = at_once(lambda: submit(items), lambda: submit(items[::-1]))

    # The one that lost is told that the orders have moved on, or that it was in the other's way.
    assert sorted(answer.status_code for answer in answers) in ([200, 200], [200, 503])
    assert [statuses(answer) == [200, 200, 200] for answer in answers].count(True) == 1
    assert OrderRevision.objects.filter(act="submit").count() == 3
