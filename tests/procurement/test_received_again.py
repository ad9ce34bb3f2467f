"""That an order was received is said once for what it says."""

import pytest

from apps.gateway.policy import entity_tag
from apps.procurement.errors import AlreadySubmittedError
from apps.procurement.models import Acknowledgement, OrderRevision
from apps.procurement.services import issue_order
from tests.factories.gateway import ORDERS, new_key, problem
from tests.factories.procurement import (
    actor_for,
    answered,
    asking,
    issued,
    proposed,
    vendor_caller,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def answers() -> list[tuple[str, int]]:
    return list(Acknowledgement.objects.values_list("response", "order_revision"))


def test_receipt_is_confirmed_once_and_then_answered(world: World) -> None:
    order, vendor = issued(world), actor_for(world.acme, world.office)
    first = answered(order, vendor, "AB")

    with pytest.raises(AlreadySubmittedError) as refused:
        answered(order, vendor, "AB")
    answered(order, vendor, "AP")

    assert refused.value.extra == {"acknowledgement": first.public_id}
    assert answers() == [("AP", 5), ("AB", 4)]


def test_receipt_of_another_content_is_confirmed_again(world: World) -> None:
    order, vendor = issued(world), actor_for(world.acme, world.office)
    erp = actor_for(world.erp, world.office)
    answered(order, vendor, "AB")
    answered(order, vendor, "RE", reason="Too many")
    proposed(order, erp)
    issue_order(**asking(order, erp))

    answered(order, vendor, "AB")

    with pytest.raises(AlreadySubmittedError):
        answered(order, vendor, "AB")
    assert answers() == [("AB", 7), ("RE", 5), ("AB", 4)]


def test_second_confirmation_over_http_is_a_conflict_that_leaves_nothing(world: World) -> None:
    order, caller = issued(world), vendor_caller(world.acme)
    path = f"{ORDERS}/{order.public_id}/acknowledgements"
    once = {"If_Match": entity_tag(order.public_id, 3), "Idempotency_Key": new_key()}
    first = caller.post(path, {"response": "AB"}, **once)
    contexts = OrderRevision.objects.count()

    again = caller.post(path, {"response": "AB"}, If_Match=entity_tag(order.public_id, 4))
    repeated = caller.post(path, {"response": "AB"}, **once)

    assert problem(again) == (409, "already-submitted")
    assert again.json()["acknowledgement"] == first.json()["id"]
    assert (repeated.status_code, repeated.json()) == (201, first.json())
    assert OrderRevision.objects.count() == contexts


def test_other_vendors_order_is_confirmed_for_itself(world: World) -> None:
    for vendor in (world.acme, world.globex):
        order = issued(world, vendor=vendor.public_id)
        answered(order, actor_for(vendor, world.office), "AB")

    assert answers() == [("AB", 4), ("AB", 4)]
