"""The contract that an order is placed under: part of what it says, and left out where it has none,
so that what was hashed before there were contracts keeps its hash.
"""

from typing import Any

import pytest

from apps.core.canonical import canonical_digest
from apps.partners.models import Role
from apps.procurement.models import OrderRevision
from apps.procurement.policy.changes import ChangeDraft
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.services import accept_change, propose_change
from tests.factories.gateway import ORDERS, Caller, faults, problem
from tests.factories.identity import staff_browser
from tests.factories.partners import buyer_machine, machine_caller
from tests.factories.procurement import (
    actor_for,
    asking,
    drafted,
    issued,
    order_payload,
    post_order,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db
# What an order without a contract said before there were any, which hashes are made of.
SAID = {
    "number", "buyer_entity", "project", "vendor", "currency", "reference", "requested_delivery",
    "ship_to", "bill_to", "terms", "note", "allowances", "charges", "lines", "totals",
}  # fmt: skip


@pytest.fixture
def erp(world: World) -> Caller:
    scopes = ("purchase_orders:read", "purchase_orders:create", "purchase_orders:change")
    return buyer_machine(world, Role.EDITOR, *scopes)


def content(order: Any) -> dict[str, Any]:
    found: dict[str, Any] = OrderRevision.objects.filter(order=order).latest("revision").content
    return found


def test_order_without_a_contract_is_hashed_as_it_always_was(world: World) -> None:
    order = drafted(world)

    kept = OrderRevision.objects.get(order=order)

    assert set(kept.content) == SAID
    assert kept.content_sha256 == canonical_digest(kept.content)
    assert draft_of_content(kept.content).contract_ref == ""


def test_contract_is_part_of_what_the_order_says(world: World) -> None:
    order = drafted(world, contract_ref="FA-2026-07")

    assert set(content(order)) == {*SAID, "contract_ref"}
    assert draft_of_content(content(order)).contract_ref == "FA-2026-07"


@pytest.mark.parametrize("given", ({"contract_ref": "FA-2026-07"}, {"contract_ref": ""}, {}))
def test_contract_is_told_wherever_the_order_is_read(
    world: World, erp: Caller, given: dict[str, str]
) -> None:
    expected = given.get("contract_ref", "")

    created = post_order(erp, world, **{"contract_ref": "", **given})

    path = created["Location"]
    read = [
        created.json(),
        erp.get(path).json(),
        erp.get(path, fields="contract_ref").json(),
        erp.get(ORDERS).json()["data"][0],
    ]
    assert [one["contract_ref"] for one in read] == [expected] * 4


def test_orders_of_a_contract_are_found(world: World, erp: Caller) -> None:
    post_order(erp, world, contract_ref="FA-1")
    post_order(erp, world, contract_ref="FA-2")

    found = erp.get(ORDERS, **{"filter[contract_ref]": "FA-2"}).json()["data"]

    assert [one["contract_ref"] for one in found] == ["FA-2"]


def test_contract_of_a_draft_is_patched_and_removed(world: World, erp: Caller) -> None:
    path = post_order(erp, world, contract_ref="FA-1")["Location"]

    patched = erp.patch(path, {"contract_ref": "FA-2"}, If_Match="*").json()
    removed = erp.patch(path, {"contract_ref": None}, If_Match="*").json()

    assert (patched["contract_ref"], removed["contract_ref"]) == ("FA-2", "")
    assert set(OrderRevision.objects.latest("revision").content) == SAID


def test_contract_is_no_novel(world: World, erp: Caller) -> None:
    answer = erp.post(ORDERS, order_payload(world, contract_ref="x" * 201))

    assert faults(answer) == [("/contract_ref", "max-length")]


@pytest.mark.parametrize("wanted", ("FA-2", ""))
def test_accepted_change_of_contract_is_what_the_order_says(world: World, wanted: str) -> None:
    order = issued(world, contract_ref="FA-1")
    buyer, acme = actor_for(world.erp, world.office), actor_for(world.acme, world.office)
    change = propose_change(
        **asking(order, buyer), change=ChangeDraft(fields={"contract_ref": wanted})
    )

    accept_change(**asking(order, acme), change_id=change.public_id)

    assert change.diff == {"contract_ref": wanted}
    assert content(order).get("contract_ref", "") == wanted


def test_vendor_proposes_no_other_contract(world: World) -> None:
    order = issued(world)
    scopes = ("purchase_orders:read", "purchase_orders:change")
    acme = machine_caller(world.acme, Role.ADMIN, *scopes)

    answer = acme.post(
        f"{ORDERS}/{order.public_id}/changes", {"contract_ref": "FA-9"}, If_Match="*"
    )

    assert (problem(answer), faults(answer)) == (
        (422, "validation-error"),
        [("/contract_ref", "buyer-only")],
    )


def test_staff_see_the_contract_and_what_would_become_of_it(world: World) -> None:
    order = issued(world, contract_ref="FA-1")
    change = propose_change(
        **asking(order, actor_for(world.erp, world.office)),
        change=ChangeDraft(fields={"contract_ref": "FA-2"}),
    )
    browser = staff_browser()

    pages = [
        browser.get(f"/admin/procurement/{path}/change/").content.decode()
        for path in (f"purchaseorder/{order.pk}", f"orderchange/{change.pk}")
    ]

    assert ["FA-1" in page for page in pages] == [True, True]
    assert "FA-2" in pages[1]
