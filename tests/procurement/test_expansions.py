"""Orders with their vendor shown in full, as far as the caller may see it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.factories.gateway import ORDERS, Caller
from tests.factories.procurement import buyer_caller, issued, vendor_caller
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def vendors(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    return [order["expanded"]["vendor"] for order in answer.json()["data"]]


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world, "purchase_orders:read", "vendors:read")


def test_vendor_is_shown_where_it_is_asked_for(world: World, erp: Caller) -> None:
    order = issued(world)
    path = f"{ORDERS}/{order.public_id}"

    one = erp.get(path, expand="vendor").json()

    assert (one["vendor"], one["expanded"]["vendor"]["name"]) == (world.acme.public_id, "Acme")
    assert "contacts" not in one["expanded"]["vendor"]
    assert "_redacted" not in one["expanded"]["vendor"]
    assert vendors(erp.get(ORDERS, expand="vendor")) == [one["expanded"]["vendor"]]
    assert "expanded" not in erp.get(path).json()


def test_vendor_is_not_shown_to_who_may_not_see_it(world: World) -> None:
    issued(world)

    answer = buyer_caller(world, "purchase_orders:read").get(ORDERS, expand="vendor")

    assert vendors(answer) == [{"id": world.acme.public_id, "_redacted": ["profile"]}]
    assert b"Acme" not in answer.content


def test_vendor_is_shown_nobody_but_itself(world: World) -> None:
    issued(world)
    issued(world, vendor=world.globex.public_id)
    acme = vendor_caller(world.acme, "purchase_orders:read", "vendors:read")

    answer = acme.get(ORDERS, expand="vendor")

    assert [shown["name"] for shown in vendors(answer)] == ["Acme"]
    assert b"Globex" not in answer.content


def test_lines_join_a_choice_of_fields(world: World, erp: Caller) -> None:
    path = f"{ORDERS}/{issued(world).public_id}"
    whole = erp.get(path).json()

    for answer in (
        erp.get(path, fields="id", expand="lines,vendor").json(),
        *erp.get(ORDERS, fields="id", expand="lines,vendor").json()["data"],
    ):
        assert answer.keys() == {"id", "lines", "vendor", "expanded", "_redacted"}
        assert (answer["lines"], answer["expanded"]["vendor"]["name"]) == (whole["lines"], "Acme")
    assert erp.get(ORDERS, expand="lines").json()["data"] == [whole]


def test_expanded_order_is_always_sent(world: World, erp: Caller) -> None:
    order = issued(world)
    path = f"{ORDERS}/{order.public_id}"
    headers = {**erp.credentials("GET", path), "If-None-Match": "*"}

    assert Browser().get(path, headers=headers).status_code == 304
    assert Browser().get(path, {"expand": "vendor"}, headers=headers).status_code == 200


@pytest.mark.parametrize("count", (1, 3))
def test_expanding_takes_the_same_queries_however_many(
    world: World, erp: Caller, count: int
) -> None:
    for _ in range(count):
        issued(world)
    erp.get(ORDERS)  # The keys are known from here on.

    with CaptureQueriesContext(connection) as asked:
        assert len(vendors(erp.get(ORDERS, expand="vendor"))) == count

    assert len([query for query in asked if query["sql"].startswith("SELECT")]) == 6
