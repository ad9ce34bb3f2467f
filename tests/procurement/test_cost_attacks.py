"""Where the cost of a line goes: the buyer's business alone, whatever way somebody asks for it.

Attacks first: a vendor, whatever its token says, and the buyer's own without the scope.
"""

import json
from typing import Any

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.core.canonical import canonical_digest
from apps.oauth.models import AccessToken
from apps.procurement.models import OrderRevision, PurchaseOrder
from tests.factories.costs import (
    ALL,
    CENTER,
    SPLIT,
    allocated_payload,
    created,
    kept,
    of_buyers,
    overreaching,
    with_costs,
)
from tests.factories.gateway import ORDERS, Caller, faults, new_key, problem
from tests.factories.procurement import (
    buyer_caller,
    order_of,
    vendor_caller,
)
from tests.factories.receipts import fetched, program, seal
from tests.factories.world import World

pytestmark = pytest.mark.django_db
READS = (
    ("", {}),
    ("", {"expand": "lines,vendor"}),
    ("", {"fields": "lines"}),
    ("/lines", {}),
    ("/lines", {"fields": "cost_allocations"}),
    ("/revisions", {"expand": "content"}),
    ("/revisions", {"fields": "cost"}),
    ("/authorization", {}),
    ("/changes", {}),
    ("/acknowledgements", {}),
)


@pytest.fixture
def buyer(world: World) -> Caller:
    return of_buyers(world)


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return with_costs(world)


@pytest.mark.parametrize(("place", "query"), READS)
def test_no_vendor_reads_costs_whatever_its_token_says(
    world: World, order: PurchaseOrder, place: str, query: dict[str, str]
) -> None:
    for vendor in (vendor_caller(world.acme), overreaching(world.acme)):
        answer = vendor.get(f"{ORDERS}/{order.public_id}{place}", **query)

        assert answer.status_code == 200, answer.content
        assert b"SECRET" not in answer.content
        assert b'"cost_allocations"' not in answer.content
        assert b'"cost":' not in answer.content


@pytest.mark.parametrize(("place", "query"), READS)
def test_buyers_side_without_the_scope_reads_no_costs(
    world: World, order: PurchaseOrder, place: str, query: dict[str, str]
) -> None:
    for caller in (of_buyers(world, "purchase_orders:read"), buyer_caller(world)):
        answer = caller.get(f"{ORDERS}/{order.public_id}{place}", **query)

        assert answer.status_code == 200, answer.content
        assert b"SECRET" not in answer.content


def test_what_is_hidden_is_named_the_same_with_and_without_costs(
    world: World, order: PurchaseOrder
) -> None:
    bare = order_of(created(of_buyers(world), world, []))
    reader, vendor = buyer_caller(world), overreaching(world.acme)

    for caller, found in ((reader, order), (reader, bare), (vendor, order)):
        path = f"{ORDERS}/{found.public_id}"
        assert caller.get(path).json()["_redacted"] == ["cost"]
        assert caller.get(f"{path}/lines").json()["data"][0]["_redacted"] == ["cost"]
    rows = vendor.get(f"{ORDERS}/{order.public_id}/revisions", expand="content").json()["data"]
    assert {"cost" in row["_redacted"] for row in rows} == {True}
    (listed,) = vendor.get(ORDERS).json()["data"]
    assert (listed["_redacted"], "SECRET" in json.dumps(listed)) == (["cost"], False)


@pytest.mark.parametrize("allocations", (SPLIT, [], None, "none"))
def test_who_may_not_see_costs_says_nothing_of_them(world: World, allocations: Any) -> None:
    callers = (
        buyer_caller(world),
        of_buyers(world, *ALL[:3]),
        overreaching(world.acme, "purchase_orders:create"),
    )
    for caller in callers:
        answer = caller.post(ORDERS, allocated_payload(world, allocations))

        assert problem(answer) == (403, "claim-not-permitted")
        assert answer.json()["claim_groups"] == ["cost"]
    assert PurchaseOrder.objects.count() == 0
    denied = Event.objects.filter(action=Action.REQUEST_DENIED)
    assert {event.data["code"] for event in denied} == {"claim-not-permitted"}


def test_patch_of_hidden_costs_is_refused_and_their_being_there_is_not_told(
    world: World, buyer: Caller
) -> None:
    order = order_of(created(buyer, world))
    lines = allocated_payload(world, [])["lines"]

    answer = buyer_caller(world).patch(
        f"{ORDERS}/{order.public_id}", {"lines": lines}, If_Match="*"
    )

    assert problem(answer) == (403, "claim-not-permitted")
    assert kept(order) == SPLIT


def test_patch_of_an_order_out_of_sight_is_404_before_anything_else(
    world: World, buyer: Caller
) -> None:
    order = order_of(created(buyer, world))
    vendor = overreaching(world.globex, "purchase_orders:create")

    answer = vendor.patch(
        f"{ORDERS}/{order.public_id}",
        {"lines": allocated_payload(world)["lines"]},
        If_Match="*",
    )

    assert problem(answer) == (404, "not-found")


def test_lists_are_not_looked_through_by_costs(world: World, order: PurchaseOrder) -> None:
    for caller in (overreaching(world.acme), buyer_caller(world), of_buyers(world)):
        for query in (
            {"sort": "cost_allocations"},
            {"sort": "lines__cost_allocations"},
            {"filter[cost_center]": CENTER},
            {"filter[cost_allocations][contains]": CENTER},
        ):
            for path in (ORDERS, f"{ORDERS}/{order.public_id}/lines"):
                assert problem(caller.get(path, **query)) == (400, "unknown-filter")


def test_request_sent_again_under_lesser_rights_tells_no_costs(world: World) -> None:
    new_rights = " ".join(ALL[:3])
    buyer, key = of_buyers(world), new_key()
    order = order_of(created(buyer, world))
    act = f"{ORDERS}/{order.public_id}/submit"
    first = buyer.post(act, If_Match="*", Idempotency_Key=key)
    assert first.json()["lines"][0]["cost_allocations"] == SPLIT
    body, again = allocated_payload(world), new_key()
    made = buyer.post(ORDERS, body, Idempotency_Key=again)
    assert made.status_code == 201
    AccessToken.objects.update(scope=new_rights)

    replayed = buyer.post(act, If_Match="*", Idempotency_Key=key)
    refused = buyer.post(ORDERS, body, Idempotency_Key=again)

    assert replayed["Idempotency-Replayed"] == "true"
    assert (b"SECRET" in replayed.content, replayed.json()["_redacted"]) == (False, ["cost"])
    assert problem(refused) == (403, "claim-not-permitted")
    assert b"SECRET" not in refused.content


def test_batch_holds_costs_to_the_same_rights(world: World) -> None:
    def run(caller: Caller) -> Any:
        items = [{"key": new_key(), "body": allocated_payload(world)}]
        batch = {"type": "purchase_orders.create", "atomic": False, "items": items}
        return caller.post("/api/v1/batches", batch).json()["items"][0]

    refused, done = run(buyer_caller(world)), run(of_buyers(world))

    assert (refused["status"], refused["problem"]["code"]) == (403, "claim-not-permitted")
    assert (done["status"], done["body"]["lines"][0]["cost_allocations"]) == (201, SPLIT)


def test_nothing_a_vendor_can_verify_or_read_of_the_trail_holds_costs(
    world: World, order: PurchaseOrder
) -> None:
    seal()

    found = fetched(vendor_caller(world.acme), order.public_id)
    verified = program().verify(found.receipt, found.keys, found.revisions)

    assert len(verified) == len(found.revisions)
    for revision in OrderRevision.objects.filter(order=order).select_related("event"):
        assert "SECRET" not in json.dumps(revision.content)
        assert revision.content_sha256 == canonical_digest(revision.content)
        assert "SECRET" not in json.dumps([revision.event.data, revision.event.private])


def test_change_proposed_to_an_order_says_nothing_of_costs(
    world: World, order: PurchaseOrder
) -> None:
    line = {**allocated_payload(world)["lines"][0], "line_no": 2}

    answer = of_buyers(world, *ALL, "purchase_orders:change").post(
        f"{ORDERS}/{order.public_id}/changes", {"new_lines": [line]}, If_Match="*"
    )

    assert problem(answer) == (400, "unknown-field")
    assert faults(answer) == [("/new_lines/0/cost_allocations", "unknown-field")]
