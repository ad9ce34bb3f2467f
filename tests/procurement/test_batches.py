"""Batches: each item as a request of its own, all together or each for itself."""

import re
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.gateway.rest.batches import view_at
from apps.procurement.api.batches import Batch
from apps.procurement.models import OrderRevision, PurchaseOrder
from apps.procurement.rest.batches import ADDRESSES, SUBMITTED, BatchShape, address_of
from config.api import urlpatterns
from tests.factories.gateway import ORDERS, Caller, faults, new_key, problem
from tests.factories.procurement import (
    buyer_caller,
    drafted,
    issued,
    order_payload,
    vendor_caller,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
BATCHES = "/api/v1/batches"


def tag(order: PurchaseOrder) -> str:
    return f'"{order.public_id}.{order.revision}"'


def item(order: PurchaseOrder, **changes: Any) -> dict[str, Any]:
    """An act on the order as it stands."""
    return {"key": new_key(), "id": order.public_id, "if_match": tag(order), **changes}


def creation(world: World, **changes: Any) -> dict[str, Any]:
    return {"key": new_key(), "body": order_payload(world, **changes)}


def run(
    caller: Caller, kind: str, *items: dict[str, Any], atomic: bool = False, **headers: str
) -> Any:
    body = {"type": f"purchase_orders.{kind}", "atomic": atomic, "items": list(items)}
    return caller.post(BATCHES, body, **headers)


def statuses(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [item["status"] for item in answer.json()["items"]]


def codes(answer: Any) -> list[str]:
    return [item.get("problem", {}).get("code", "") for item in answer.json()["items"]]


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world)


# --- Items --------------------------------------------------------------------------------------


@pytest.mark.parametrize("atomic", (True, False))
def test_item_is_answered_as_a_request_of_its_own(
    world: World,
    erp: Caller,
    atomic: bool,  # noqa: FBT001 -- a test's parameter
) -> None:
    first, second = creation(world), creation(world, reference="two")

    answer = run(erp, "create", first, second, atomic=atomic)

    assert statuses(answer) == [201, 201]
    said = answer.json()
    assert (said["type"], said["atomic"], said["done"]) == ("purchase_orders.create", atomic, 2)
    one, two = said["items"]
    assert (one["key"], one["replayed"], two["body"]["reference"]) == (first["key"], False, "two")
    alone = erp.get(one["location"])
    assert alone.json() == one["body"]
    assert alone["ETag"] == one["etag"]


def test_each_item_is_an_act_in_the_trail_with_its_own_scope_and_key(
    world: World, erp: Caller
) -> None:
    orders = [drafted(world) for _ in range(2)]

    answer = run(erp, "submit", *(item(order) for order in orders))

    assert statuses(answer) == [200, 200]
    events = Event.objects.filter(action=Action.ORDER_SUBMITTED).order_by("id")
    assert [event.subject_id for event in events] == [order.public_id for order in orders]
    assert {event.request_id for event in events} == {answer["X-Request-Id"]}
    revisions = OrderRevision.objects.filter(act="submit")
    assert {tuple(revision.scopes_exercised) for revision in revisions} == {
        ("purchase_orders:create",)
    }
    assert len({revision.idempotency_key_sha256 for revision in revisions}) == 2


def test_items_that_fail_leave_the_others_done(world: World, erp: Caller) -> None:
    good, stale, gone = drafted(world), drafted(world), drafted(world)

    answer = run(
        erp,
        "submit",
        item(good),
        item(stale, if_match=f'"{stale.public_id}.7"'),
        item(gone, id="po_" + "0" * 26),
        {"key": new_key(), "id": stale.public_id},
    )

    assert statuses(answer) == [200, 412, 404, 428]
    assert codes(answer)[1:] == ["revision-stale", "not-found", "precondition-required"]
    assert answer.json()["done"] == 1
    good.refresh_from_db()
    assert good.status == "approved"


def test_item_with_unacceptable_values_names_their_places(world: World, erp: Caller) -> None:
    answer = run(erp, "create", creation(world), creation(world, currency="XXX"))

    assert statuses(answer) == [201, 422]
    refusal = answer.json()["items"][1]["problem"]
    assert [fault["pointer"] for fault in refusal["errors"]] == ["/currency"]
    assert refusal["request_id"] == answer["X-Request-Id"]


# --- All or none --------------------------------------------------------------------------------


def test_atomic_batch_that_fails_does_nothing_and_says_which(world: World, erp: Caller) -> None:
    items = [creation(world), creation(world, currency="XXX"), creation(world)]

    answer = run(erp, "create", *items, atomic=True)

    assert statuses(answer) == [424, 422, 424]
    assert codes(answer) == ["batch-undone", "validation-error", "batch-undone"]
    assert answer.json()["done"] == 0
    assert PurchaseOrder.objects.count() == Event.objects.filter(
        action=Action.ORDER_CREATED
    ).count() == 0  # fmt: skip


def test_atomic_batch_that_was_mended_goes_through_with_the_same_item_keys(
    world: World, erp: Caller
) -> None:
    items = [creation(world), creation(world, currency="XXX")]
    run(erp, "create", *items, atomic=True)
    items[1]["body"]["currency"] = "EUR"

    answer = run(erp, "create", *items, atomic=True)

    assert statuses(answer) == [201, 201]
    assert [item["replayed"] for item in answer.json()["items"]] == [False, False]


def test_denial_in_an_atomic_batch_stays_in_the_trail(world: World, erp: Caller) -> None:
    order, foreign = drafted(world), "po_" + "0" * 26

    run(erp, "submit", item(order), item(order, id=foreign), atomic=True)

    denied = Event.objects.get(action=Action.REQUEST_DENIED)
    assert denied.data["path"] == f"{ORDERS}/{foreign}/submit"
    order.refresh_from_db()
    assert order.status == "draft"


# --- Sent again ---------------------------------------------------------------------------------


@pytest.mark.parametrize("atomic", (True, False))
def test_batch_sent_again_is_done_once(
    world: World,
    erp: Caller,
    atomic: bool,  # noqa: FBT001 -- a test's parameter
) -> None:
    items, key = [creation(world), creation(world)], new_key()
    first = run(erp, "create", *items, atomic=atomic, Idempotency_Key=key)

    again = run(erp, "create", *items, atomic=atomic, Idempotency_Key=key)

    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert [item["replayed"] for item in again.json()["items"]] == [True, True]
    assert [item["body"] for item in again.json()["items"]] == [
        item["body"] for item in first.json()["items"]
    ]
    assert PurchaseOrder.objects.count() == 2


def test_item_and_request_of_its_own_share_their_key(world: World, erp: Caller) -> None:
    sent = creation(world)
    alone = erp.post(ORDERS, sent["body"], Idempotency_Key=sent["key"])

    answer = run(erp, "create", sent)

    assert answer.json()["items"][0]["replayed"] is True
    assert answer.json()["items"][0]["body"] == alone.json()


def test_batchs_key_stands_for_its_content(world: World, erp: Caller) -> None:
    key = new_key()
    run(erp, "create", creation(world), Idempotency_Key=key)

    other = run(erp, "create", creation(world), Idempotency_Key=key)

    assert problem(other) == (422, "idempotency-key-reused")
    assert PurchaseOrder.objects.count() == 1


def test_batch_without_a_key_of_its_own_is_refused(world: World, erp: Caller) -> None:
    answer = run(erp, "create", creation(world), Idempotency_Key="")

    assert problem(answer) == (400, "idempotency-key-missing")
    assert PurchaseOrder.objects.count() == 0


# --- Rights -------------------------------------------------------------------------------------


def test_batch_needs_the_scope_of_its_type(world: World) -> None:
    caller = buyer_caller(world, "purchase_orders:read", "purchase_orders:issue")

    answer = run(caller, "create", creation(world))

    assert problem(answer) == (403, "insufficient-scope")
    assert answer.json()["required"] == ["purchase_orders:create"]
    assert PurchaseOrder.objects.count() == 0


def test_vendor_acts_on_its_own_orders_only(world: World) -> None:
    mine, theirs = issued(world), issued(world, vendor=world.globex.public_id)
    body = {"response": "AP"}

    answer = run(
        vendor_caller(world.acme), "acknowledge", item(mine, body=body), item(theirs, body=body)
    )

    assert statuses(answer) == [201, 404]
    assert theirs.number.encode() not in answer.content


def test_batch_without_a_token_is_not_read(client: Any) -> None:
    answer = client.post(BATCHES, b"{ no json", content_type="application/json")

    assert problem(answer) == (401, "token-missing")


PEOPLE = "A person decides on each, having looked at it."
RARE = "It is done to one at a time."
# What could be sent in a batch by its form, and is not, with the reason.
NOT_BATCHED = {
    "batches": "A batch is none of its own items.",
    "invoices/{id}/approve": PEOPLE,
    "invoices/{id}/credit-notes": RARE,
    "invoices/{id}/exceptions/{id}/resolve": PEOPLE,
    "invoices/{id}/match": "Matched again by itself when its goods come.",
    "invoices/{id}/pay": PEOPLE,
    "invoices/{id}/reject": PEOPLE,
    "projects/{id}/close": PEOPLE,
    "purchase-orders/{id}/approve": PEOPLE,
    "purchase-orders/{id}/changes": "Each is about what one order says.",
    "purchase-orders/{id}/changes/{id}/accept": PEOPLE,
    "purchase-orders/{id}/changes/{id}/approve": PEOPLE,
    "purchase-orders/{id}/changes/{id}/refuse": PEOPLE,
    "purchase-orders/{id}/changes/{id}/withdraw": RARE,
    "purchase-orders/{id}/hold": RARE,
    "purchase-orders/{id}/reject": PEOPLE,
    "purchase-orders/{id}/release": RARE,
    "receipts/{id}/reverse": RARE,
    "shipments/{id}/withdraw": RARE,
    "vendors/{id}/addresses": RARE,
    "vendors/{id}/bank-account-changes": "Each is checked by telephone; many at once is an attack.",
    "vendors/{id}/bank-account-changes/{id}/withdraw": RARE,
    "vendors/{id}/contacts": RARE,
    "vendors/{id}/tax-registrations": RARE,
}


def test_every_repeatable_post_has_a_type_or_a_reason_for_none() -> None:
    """Reference 4c: what carries an Idempotency-Key of its own may be one of many."""
    repeatable = [
        re.sub(r"<str:\w+>", "{id}", str(pattern.pattern))
        for pattern in urlpatterns
        if pattern.callback.cls.repeatable and "POST" in pattern.callback.cls.required_scopes
    ]

    assert sorted(repeatable) == sorted([*ADDRESSES.values(), *NOT_BATCHED])


@pytest.mark.parametrize("kind", sorted(ADDRESSES))
def test_type_has_an_address_whose_scope_the_batch_offers(kind: str) -> None:
    target = view_at(address_of(kind))

    assert set(target.required_scopes["POST"]) <= set(Batch.required_scopes["POST"])
    assert target.repeatable


def test_batch_offers_no_scope_that_no_type_needs() -> None:
    needed = {
        scope for kind in ADDRESSES for scope in view_at(address_of(kind)).required_scopes["POST"]
    }

    assert set(Batch.required_scopes["POST"]) == needed


# --- Shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    (
        ({"type": "purchase_orders.read"}, [("/type", "invalid-choice")]),
        ({"atomic": "yes"}, [("/atomic", "invalid")]),
        ({"items": []}, [("/items", "empty")]),
        ({"items": [{"key": "k", "id": "x"}] * 101}, [("/items", "max-length")]),
        ({"items": [{"key": "k"}]}, [("/items/0/id", "required")]),
        ({"items": [{"key": "k", "id": "../../me"}]}, [("/items/0/id", "invalid")]),
        ({"items": [{"key": "k", "id": "po_1/submit"}]}, [("/items/0/id", "invalid")]),
        (
            {"items": [{"key": "k", "id": f"po_{'0' * 26}"}] * 2},
            [("/items/1/key", "duplicate")],
        ),
    ),
)
def test_batch_of_another_shape_is_refused(
    erp: Caller, changes: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    answer = erp.post(BATCHES, {**SUBMITTED, **changes})

    assert problem(answer) == (422, "validation-error")
    assert faults(answer) == found


def test_creation_names_nothing_it_acts_on(world: World, erp: Caller) -> None:
    answer = run(erp, "create", {**creation(world), "id": "po_" + "0" * 26})

    assert faults(answer) == [("/items/0/id", "not-allowed")]


def test_unknown_member_is_refused(erp: Caller) -> None:
    answer = erp.post(BATCHES, {**SUBMITTED, "dry_run": True})

    assert problem(answer) == (400, "unknown-field")


def test_key_that_is_no_key_is_its_items_fault(world: World, erp: Caller) -> None:
    answer = run(erp, "create", {**creation(world), "key": "a b\n"}, creation(world))

    assert statuses(answer) == [400, 201]


def test_example_is_of_the_shape() -> None:
    assert BatchShape(data=SUBMITTED).is_valid()
