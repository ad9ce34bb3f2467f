"""The cross-partner matrix, walked: generated from the URL table; an address without an entry
fails.
"""

import pytest

from apps.audit.events import Action
from apps.audit.models import Event
from apps.partners.models import Role
from apps.procurement.models import PurchaseOrder
from tests.factories.partners import machine_caller
from tests.factories.procurement import issued
from tests.factories.world import World, project
from tests.flows.intruder import asks, filled_in, outcome
from tests.flows.matrix import MATRIX, NOT_FOUND, NOT_YOURS, VENDOR_SCOPES, rows

pytestmark = pytest.mark.django_db


def test_every_address_and_method_has_an_entry() -> None:
    assert sorted(rows()) == sorted(MATRIX)


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return issued(world)  # Acme's; Globex asks for it below.


@pytest.mark.parametrize(("method", "route"), rows())
def test_vendor_gets_nothing_of_another_vendors_order(
    method: str, route: str, world: World, order: PurchaseOrder
) -> None:
    globex = machine_caller(world.globex, Role.ADMIN, *VENDOR_SCOPES)
    path = filled_in(route, order, project("ACME", world.buyer, world.acme))

    answer = asks(globex, method, path, order)

    assert outcome(answer) == MATRIX[method, route]
    assert order.number.encode() not in answer.content
    order.refresh_from_db()
    assert order.status == "issued"
    denials = Event.objects.filter(action=Action.REQUEST_DENIED, partner_id=world.globex.pk)
    refused = MATRIX[method, route] in {NOT_FOUND, NOT_YOURS, (200, "not-found")}
    assert [one.data["code"] for one in denials] == [MATRIX[method, route][1]] * refused
