"""Orders read whole from their newest context: the same documents as from their rows."""

import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.actor import Actor
from apps.core.errors import NotFoundError
from apps.partners.models import Partner
from apps.procurement.errors import ProjectClosedError
from apps.procurement.formats.orders import order_body, order_text
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.drafts import AdjustmentDraft, Tax
from apps.procurement.selectors.order_documents import visible_document
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import hold_order
from apps.procurement.states import ReceiptFacet
from tests.factories.gateway import ORDERS, Caller
from tests.factories.procurement import (
    BUYER_SCOPES,
    VENDOR_SCOPES,
    actor_for,
    asking,
    buyer_caller,
    drafted,
    issued,
    line_draft,
    vendor_caller,
)
from tests.factories.world import World, project

pytestmark = pytest.mark.django_db
ADDRESS = {"name": 'Gate "3"', "lines": ["Havnegata 1"], "city": "Tromsø", "country": "NO"}
DISCOUNT = AdjustmentDraft(reason="Discount", amount=Decimal("1.50"), tax=None)
FREIGHT = AdjustmentDraft(reason="Freight", amount=Decimal(10), tax=Tax("S", Decimal(25)))
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no-decimals": {"currency": "JPY", "lines": (line_draft(unit_price=Decimal(4)),)},
    "three-lines": {"lines": tuple(line_draft(line_no=number) for number in (3, 1, 2))},
    "all-of-it": {
        "reference": "back\\slash",
        "contract_ref": "FA-2026-07",
        "note": "two\nlines, \u2028 and 🙂",
        "terms": "30 days",
        "ship_to": ADDRESS,
        "bill_to": ADDRESS,
        "charges": (FREIGHT,),
        "lines": (line_draft(allowances=(DISCOUNT,), item_ids=({"scheme": "0160", "id": "1"},)),),
    },
}


def from_rows(world: World, order: PurchaseOrder, partner: Partner | None = None) -> dict[str, Any]:
    """As who has the same scopes would see it."""
    actor = dataclasses.replace(
        actor_for(partner or world.erp, world.office),
        scopes=frozenset(VENDOR_SCOPES if partner else BUYER_SCOPES),
    )
    order = visible_order(actor=actor, order_id=order.public_id)
    body: dict[str, Any] = order_body(order, actor)
    return body


def as_read(caller: Caller, order: PurchaseOrder) -> list[dict[str, Any]]:
    """The order by itself, and as its list shows it."""
    return [caller.get(f"{ORDERS}/{order.public_id}").json(), *caller.get(ORDERS).json()["data"]]


@pytest.mark.parametrize("shape", SHAPES)
def test_draft_of_any_shape_is_the_document_of_its_rows(world: World, shape: str) -> None:
    order = drafted(world, **SHAPES[shape])

    expected = from_rows(world, order)

    assert as_read(buyer_caller(world), order) == [expected, expected]


def test_what_no_context_keeps_is_shown_as_it_is_now(world: World) -> None:
    order = issued(world)
    hold_order(**asking(order, actor_for(world.erp, world.office)))
    whole_second = datetime(2030, 1, 1, tzinfo=UTC)
    PurchaseOrder.objects.filter(pk=order.pk).update(
        receipt_status=ReceiptFacet.PARTIAL, revision=9, updated_at=whole_second
    )

    ours, theirs = from_rows(world, order), from_rows(world, order, world.acme)

    assert (ours["holds"], ours["revision"]) == (["buyer_hold"], 9)
    assert ours["updated_at"] == "2030-01-01T00:00:00Z"
    assert as_read(buyer_caller(world), order) == [ours, ours]
    assert as_read(vendor_caller(world.acme), order) == [theirs, theirs]


def test_no_name_stands_twice_in_a_document(world: World) -> None:
    order, objects = drafted(world), []
    actor = actor_for(world.erp, world.office)
    document = visible_document(actor=actor, order_id=order.public_id)

    json.loads(order_text(document, actor), object_pairs_hook=objects.append)

    assert all(len(dict(pairs)) == len(pairs) for pairs in objects)
    assert "number" in dict(objects[-1])


def refusal(read: Any, actor: Actor, order_id: str) -> type[Exception] | None:
    try:
        read(actor=actor, order_id=order_id)
    except (NotFoundError, ProjectClosedError) as error:
        return type(error)
    return None


def test_who_sees_a_document_is_who_sees_the_order(world: World) -> None:
    other = project("OTHER", world.buyer, world.acme)
    buyer, acme = actor_for(world.erp, world.office), actor_for(world.acme, world.office)
    closed = dataclasses.replace(buyer, open_projects=frozenset())
    outside = (actor_for(world.globex, world.office), actor_for(world.erp, other))
    actors = (buyer, acme, closed, *outside, actor_for(world.acme), actor_for(world.erp))
    draft, sent = drafted(world).public_id, issued(world).public_id

    found = {
        (place, order_id): refusal(visible_document, actor, order_id)
        for place, actor in enumerate(actors)
        for order_id in (draft, sent, "po_x")
    }

    assert found == {
        (place, order_id): refusal(visible_order, actors[place], order_id)
        for place, order_id in found
    }
    assert [found[place, sent] for place in range(7)] == [
        None, None, ProjectClosedError, *[NotFoundError] * 4
    ]  # fmt: skip
    assert found[1, draft] is NotFoundError


@pytest.mark.parametrize("context", (1, 3))
def test_newest_context_of_an_order_is_there_when_its_transaction_ends(
    world: World, context: int
) -> None:
    order = issued(world)
    PurchaseOrder.objects.filter(pk=order.pk).update(context_revision=context)
    connection.check_constraints()

    with pytest.raises(IntegrityError, match="newest_context"):
        end_with_context_of(order, 4)


@transaction.atomic
def end_with_context_of(order: PurchaseOrder, revision: int) -> None:
    """As a transaction that ends so; what it wrote is undone when it cannot."""
    written = {"revision": revision, "context_revision": revision}
    PurchaseOrder.objects.filter(pk=order.pk).update(**written)
    connection.check_constraints()
