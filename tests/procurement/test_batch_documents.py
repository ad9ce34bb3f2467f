"""Batches of what is posted about orders: ship notices, receipts and invoices."""

from typing import Any, NamedTuple

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.procurement.models import Invoice, PurchaseOrder, Receipt, ShipmentNotice
from tests.factories.fulfilment import RECEIPTS, SHIPMENTS, counted, goods_of
from tests.factories.gateway import Caller, new_key, problem
from tests.factories.invoices import INVOICES, invoice_body
from tests.factories.procurement import buyer_caller, issued, vendor_caller
from tests.factories.world import World

pytestmark = pytest.mark.django_db
BATCHES = "/api/v1/batches"
NOBODYS = "po_" + "0" * 26


class Kind(NamedTuple):
    """What is posted where, by whose side and with which scope."""

    type: str
    place: str
    model: Any
    scope: str

    def caller(self, world: World) -> Caller:
        scopes = (f"{self.scope.partition(':')[0]}:read", self.scope)
        buys = self.model is Receipt
        return buyer_caller(world, *scopes) if buys else vendor_caller(world.acme, *scopes)

    def body(self, order: PurchaseOrder) -> dict[str, Any]:
        number = f"F-{order.number}"
        return (
            invoice_body(order, vendor_number=number) if self.model is Invoice else goods_of(order)
        )

    def run(self, caller: Caller, *bodies: Any, atomic: bool = False, **headers: str) -> Any:
        items = [{"key": f"item-{place}", "body": body} for place, body in enumerate(bodies)]
        return caller.post(
            BATCHES, {"type": self.type, "atomic": atomic, "items": items}, **headers
        )


KINDS = (
    Kind("shipments.create", SHIPMENTS, ShipmentNotice, "shipments:write"),
    Kind("receipts.create", RECEIPTS, Receipt, "receipts:write"),
    Kind("invoices.create", INVOICES, Invoice, "invoices:submit"),
)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.type for kind in KINDS])


def statuses(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [item["status"] for item in answer.json()["items"]]


@each_kind
@pytest.mark.parametrize("atomic", (True, False))
def test_items_are_documents_as_requests_of_their_own_would_make(
    world: World,
    kind: Kind,
    atomic: bool,  # noqa: FBT001 -- a test's parameter
) -> None:
    caller, orders = kind.caller(world), [issued(world), issued(world)]

    answer = kind.run(caller, *map(kind.body, orders), atomic=atomic)

    assert statuses(answer) == [201, 201]
    assert kind.model.objects.count() == 2
    for item, order in zip(answer.json()["items"], orders, strict=True):
        assert item["location"] == f"{kind.place}/{item['body']['id']}"
        assert item["body"]["links"]["purchase_order"].endswith(order.public_id)
        alone = caller.get(item["location"])
        assert (alone.json(), alone["ETag"]) == (item["body"], item["etag"])


@each_kind
def test_item_about_anothers_order_fails_alone(world: World, kind: Kind) -> None:
    """For a vendor an order of another's; the buyer sees all, so for it one that nobody has."""
    mine, theirs = issued(world), issued(world, vendor=world.globex.public_id)
    foreign = kind.body(theirs)
    if kind.model is Receipt:
        foreign["purchase_order"] = NOBODYS

    answer = kind.run(kind.caller(world), kind.body(mine), foreign)

    assert statuses(answer) == [201, 404]
    assert theirs.public_id.encode() not in answer.content
    assert kind.model.objects.get().order == mine
    assert Event.objects.get(action=Action.REQUEST_DENIED).data["path"] == kind.place


@each_kind
def test_atomic_batch_about_anothers_order_does_nothing(world: World, kind: Kind) -> None:
    mine = issued(world)
    foreign = {**kind.body(mine), "purchase_order": NOBODYS}

    answer = kind.run(kind.caller(world), kind.body(mine), foreign, atomic=True)

    assert statuses(answer) == [424, 404]
    assert kind.model.objects.count() == 0
    assert Event.objects.get(action=Action.REQUEST_DENIED).data["path"] == kind.place
    assert (counted(mine), PurchaseOrder.objects.get().revision) == ((0, 0), mine.revision)


@each_kind
def test_batch_of_documents_sent_again_is_done_once(world: World, kind: Kind) -> None:
    caller, body, key = kind.caller(world), kind.body(issued(world)), new_key()
    (first,) = kind.run(caller, body, Idempotency_Key=key).json()["items"]

    (again,) = kind.run(caller, body, Idempotency_Key=key).json()["items"]
    alone = caller.post(kind.place, body, Idempotency_Key="item-0")

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert (alone["Idempotency-Replayed"], alone.json()) == ("true", first["body"])
    assert kind.model.objects.count() == 1


@each_kind
def test_batch_of_documents_needs_their_own_scope(world: World, kind: Kind) -> None:
    answer = kind.run(vendor_caller(world.acme, "purchase_orders:acknowledge"), {})

    assert problem(answer) == (403, "insufficient-scope")
    assert answer.json()["required"] == [kind.scope]


def test_invoices_of_one_number_in_a_batch_are_one(world: World) -> None:
    _ships, _receives, kind = KINDS
    body = kind.body(issued(world))

    answer = kind.run(kind.caller(world), body, body)

    assert statuses(answer) == [201, 422]
    assert answer.json()["items"][1]["problem"]["code"] == "duplicate-invoice"
