"""Where the cost of a line goes, for those who may know it: written, kept, told, committed to."""

from decimal import Decimal
from typing import Any

import pytest

from apps.core.canonical import canonical_digest
from apps.procurement.models import OrderRevision, PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.costs import COST_SCOPE
from apps.procurement.services import accept_change
from tests.factories.costs import (
    SPLIT,
    allocated_payload,
    allocation,
    created,
    kept,
    of_buyers,
    with_costs,
)
from tests.factories.gateway import ORDERS, Caller, faults, problem
from tests.factories.procurement import (
    actor_for,
    asking,
    buyer_caller,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(world: World) -> Caller:
    return of_buyers(world)


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return with_costs(world)


def test_costs_are_written_and_read_with_the_scope(world: World, buyer: Caller) -> None:
    answer = created(buyer, world, [allocation("60"), allocation("40.0", account="6301")])

    path, said = answer["Location"], answer.json()
    expected = [allocation("60.00"), allocation("40.00", account="6301")]
    assert said["lines"][0]["cost_allocations"] == expected
    assert "_redacted" not in said
    assert buyer.get(path).json() == said
    assert buyer.get(ORDERS).json()["data"] == [said]
    assert buyer.get(ORDERS, fields="lines").json()["data"] == [{"lines": said["lines"]}]
    (line,) = buyer.get(f"{path}/lines").json()["data"]
    assert line["cost_allocations"] == expected
    assert "_redacted" not in line


def test_line_without_a_place_for_its_cost_has_an_empty_list(world: World, buyer: Caller) -> None:
    payload = allocated_payload(world)
    del payload["lines"][0]["cost_allocations"]

    said = buyer.post(ORDERS, payload).json()

    assert said["lines"][0]["cost_allocations"] == []
    assert buyer.get(f"{ORDERS}/{said['id']}").json() == said


@pytest.mark.parametrize(
    ("allocations", "fault"),
    (
        ([allocation("99.99")], ("", "not-whole")),
        ([allocation("60"), allocation("40.01", account="2")], ("", "not-whole")),
        ([allocation("100"), allocation("0", account="2")], ("/1/share", "not-positive")),
        ([allocation("150"), allocation("-50", account="2")], ("/1/share", "not-positive")),
        ([allocation("50"), allocation("50")], ("/1", "duplicate")),
        ([allocation("50.00001"), allocation("49.99999", account="2")], ("/0/share", "not-a-")),
        ([allocation("5", account=str(n)) for n in range(21)], ("", "max-length")),
        ([allocation(cost_center="")], ("/0/cost_center", "blank")),
        ([{"cost_center": "1", "share": "100"}], ("/0/account", "required")),
    ),
)
def test_shares_come_to_a_hundred_once_each(
    world: World, buyer: Caller, allocations: Any, fault: tuple[str, str]
) -> None:
    answer = buyer.post(ORDERS, allocated_payload(world, allocations))

    assert problem(answer) == (422, "validation-error")
    pointer, code = faults(answer)[0]
    assert pointer == f"/lines/0/cost_allocations{fault[0]}"
    assert code.startswith(fault[1])


def test_twenty_thirds_and_fifths_of_a_hundred_are_exact(world: World, buyer: Caller) -> None:
    thirds = [
        allocation(share, account=str(n)) for n, share in enumerate(("33.33", "33.33", "33.34"))
    ]
    twenty = [allocation("5.00", account=str(n)) for n in range(20)]

    for allocations in (thirds, twenty):
        answer = created(buyer, world, allocations)
        assert answer.json()["lines"][0]["cost_allocations"] == allocations


def test_draft_is_patched_with_costs_by_who_sees_them(world: World, buyer: Caller) -> None:
    answer = created(buyer, world)
    path, lines = answer["Location"], answer.json()["lines"]
    lines[0].pop("net")
    lines[0]["cost_allocations"] = [allocation()]

    patched = buyer.patch(path, {"lines": lines}, If_Match="*")
    same = buyer.patch(path, {"lines": lines}, If_Match="*")
    untouched = buyer.patch(path, {"note": "Soon"}, If_Match="*")
    del lines[0]["cost_allocations"]
    emptied = buyer.patch(path, {"lines": lines}, If_Match="*")

    shown = [one.json()["lines"][0]["cost_allocations"] for one in (patched, untouched, emptied)]
    assert shown == [[allocation()], [allocation()], []]
    assert [one.json()["revision"] for one in (patched, same, untouched, emptied)] == [2, 2, 3, 4]


def test_lines_keep_their_costs_when_somebody_writes_who_may_not_see_them(
    world: World, buyer: Caller
) -> None:
    answer = created(buyer, world)
    path, line = answer["Location"], answer.json()["lines"][0]
    erp = buyer_caller(world)
    del line["net"], line["cost_allocations"]

    noted = erp.patch(path, {"note": "Soon"}, If_Match="*")
    more = erp.patch(
        path, {"lines": [{**line, "quantity": "7"}, {**line, "line_no": 2}]}, If_Match="*"
    )
    same = erp.patch(path, {"note": "Soon"}, If_Match="*")

    assert [one.json()["revision"] for one in (noted, more, same)] == [2, 3, 3]
    shown = buyer.get(path).json()["lines"]
    assert [one["quantity"] for one in shown] == ["7", "120"]
    assert [one["cost_allocations"] for one in shown] == [SPLIT, []]


def test_change_keeps_the_costs_of_lines(world: World, order: PurchaseOrder) -> None:
    actor = actor_for(world.erp, world.office)
    change = order.changes.get()

    accept_change(**asking(order, actor), change_id=change.public_id)

    assert PurchaseOrderLine.objects.get(order=order).quantity == Decimal(100)
    assert kept(order) == SPLIT
    newest = OrderRevision.objects.filter(order=order).latest("revision")
    assert newest.cost["lines"] == [{"line_no": 1, "cost_allocations": SPLIT}]


def test_revision_tells_its_costs_and_the_receipt_commits_to_them(
    world: World, buyer: Caller
) -> None:
    answer = created(buyer, world)
    path = answer["Location"]

    (row,) = buyer.get(f"{path}/revisions", expand="content").json()["data"]
    one = buyer.get(row["links"]["self"]).json()
    (proof,) = buyer.get(f"{path}/authorization").json()["revisions"]

    assert row["cost"]["lines"] == [{"line_no": 1, "cost_allocations": SPLIT}]
    assert one["cost"] == row["cost"]
    committed = proof["event"]["private"]["document"]["private"]["cost_sha256"]
    assert canonical_digest(row["cost"]) == committed
    assert buyer.get(f"{path}/revisions", fields="cost").json()["data"] == [{"cost": row["cost"]}]
    assert "cost" not in buyer.get(f"{path}/revisions").json()["data"][0]


def test_commitment_is_salted_and_made_whether_there_are_costs_or_not(
    world: World, buyer: Caller
) -> None:
    for allocations in (SPLIT, SPLIT, [], []):
        created(buyer, world, allocations)

    revisions = OrderRevision.objects.select_related("event")
    hashes = {revision.event.private["cost_sha256"] for revision in revisions}
    assert len(hashes) == 4
    assert {len(revision.cost["salt"]) for revision in revisions} == {32}


def test_writing_costs_counts_as_using_the_scope(world: World, buyer: Caller) -> None:
    created(buyer, world)

    used = OrderRevision.objects.get().scopes_exercised

    assert used == ["purchase_orders:create", COST_SCOPE]


def test_costs_come_late_to_who_knew_the_order_without_them(world: World, buyer: Caller) -> None:
    path = created(buyer, world)["Location"]
    tag = buyer_caller(world).get(path)["ETag"]

    for caller, status in ((buyer, 200), (buyer_caller(world), 304)):
        answer = caller.browser.get(
            path, headers={**caller.credentials("GET", path), "If-None-Match": tag}
        )
        assert (answer.status_code, answer["ETag"]) == (status, tag)


def test_order_with_costs_takes_four_statements(
    order: PurchaseOrder, buyer: Caller, django_assert_num_queries: Any
) -> None:
    path = f"{ORDERS}/{order.public_id}"
    assert buyer.get(path).json()["lines"][0]["cost_allocations"] == SPLIT

    with django_assert_num_queries(4):
        buyer.get(path)
