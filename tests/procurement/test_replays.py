"""What a request that is sent again tells: no more than its caller may read by then."""

from typing import Any

import pytest

from apps.procurement.models import PurchaseOrder
from tests.factories.fulfilment import goods_of
from tests.factories.gateway import ORDERS, Caller, new_key, problem
from tests.factories.invoices import invoice_body, ready
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import (
    buyer_caller,
    issued,
    order_payload,
    post_order,
    vendor_caller,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
INVOICES, RECEIPTS, SHIPMENTS = (
    f"/api/v1/{name}" for name in ("invoices", "receipts", "shipments")
)


def twice(caller: Caller, path: str, body: Any) -> tuple[Any, Any]:
    """The same request, sent again by the same caller."""
    key = new_key()
    first, again = (caller.post(path, body, Idempotency_Key=key, If_Match="*") for _ in range(2))
    assert first.status_code in {200, 201}, first.content
    assert again["Idempotency-Replayed"] == "true"
    return first, again


@pytest.mark.parametrize("act", ("", "/submit"))
def test_writer_without_the_scope_to_read_gets_what_it_takes_to_go_on(
    world: World, act: str
) -> None:
    writer = buyer_caller(world, "purchase_orders:create")
    path, body = ORDERS, order_payload(world)
    if act:
        path, body = post_order(writer, world)["Location"] + act, {}

    first, again = twice(writer, path, body)

    assert first.json()["totals"]["tax_inclusive"] == "625.00"
    said = again.json()
    hidden = said.pop("_redacted")
    assert said == {
        name: first.json()[name] for name in ("id", "number", "status", "revision", "links")
    }
    assert {*hidden, *said} == ({*first.json()} - {"_redacted"}) | {"cost"}
    assert again["ETag"] == first["ETag"]


def test_reader_gets_the_whole_again(world: World) -> None:
    first, again = twice(buyer_caller(world), ORDERS, order_payload(world))

    assert again.json() == first.json()


@pytest.mark.parametrize(
    ("path", "scope"),
    (
        (INVOICES, "invoices:submit"),
        (SHIPMENTS, "shipments:write"),
        (RECEIPTS, "receipts:write"),
    ),
)
def test_documents_are_told_again_as_far_as_they_are_read(
    world: World, path: str, scope: str
) -> None:
    order = ready(world) if path == INVOICES else issued(world)
    body = invoice_body(order) if path == INVOICES else goods_of(order)
    side = buyer_caller(world, scope) if path == RECEIPTS else vendor_caller(world.acme, scope)

    first, again = twice(side, path, body)

    assert "lines" in first.json()
    assert again.json().keys() == {"id", "number", "status", "revision", "links", "_redacted"}


def test_patch_tells_the_whole_to_readers_only(world: World) -> None:
    path = post_order(buyer_caller(world), world)["Location"]
    writer = buyer_caller(world, "purchase_orders:create")

    answer = writer.patch(path, {"note": "New"}, If_Match="*")

    assert answer.status_code == 200
    assert answer.json()["revision"] == 2
    assert "totals" not in answer.json()


def test_refusal_is_not_given_again_once_the_order_is_out_of_sight(world: World) -> None:
    order, key = ready(world), new_key()
    new = machine(partner=world.acme, scopes=["invoices:submit"])
    acme = Caller(access_token(new))
    much = {"lines": [{**invoice_body(order)["lines"][0], "quantity": "999", "net": "4245.75"}]}
    body = invoice_body(order, **much, totals={"tax_inclusive": "5307.19"})
    send = {"Idempotency_Key": key}
    refused, again = acme.post(INVOICES, body, **send), acme.post(INVOICES, body, **send)
    PurchaseOrder.objects.filter(pk=order.pk).update(vendor=world.globex)

    after = acme.post(INVOICES, body, **send)

    assert problem(refused) == problem(again) == (422, "over-invoice")
    assert again.json()["lines"] == refused.json()["lines"]
    assert problem(after) == (404, "not-found")


def test_act_that_was_refused_is_not_told_again_of_an_order_out_of_sight(world: World) -> None:
    order, key = issued(world), new_key()
    acme = vendor_caller(world.acme)
    path = f"{ORDERS}/{order.public_id}/acknowledgements"
    said = {"response": "AP", "lines": [{"line_no": 1, "code": "7"}]}
    refused = acme.post(path, said, Idempotency_Key=key, If_Match="*")
    PurchaseOrder.objects.filter(pk=order.pk).update(vendor=world.globex)

    after = acme.post(path, said, Idempotency_Key=key, If_Match="*")

    assert (problem(refused)[0], problem(after)) == (422, (404, "not-found"))
