"""The cross-partner matrix: for every address of the API and every method it has, what a vendor
gets who names another vendor's order. Generated from the URL table; an address without an entry
fails.
"""

import json
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern

from apps.audit.events import Action
from apps.audit.models import Event
from apps.procurement.models import PurchaseOrder
from config.api import urlpatterns
from tests.factories.gateway import Caller
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db

Answer = tuple[int, str]
NOT_FOUND: Answer = (404, "not-found")
NOT_YOURS: Answer = (403, "insufficient-scope")
# What a vendor may hold at all; the scopes of the buyer are refused at registration.
VENDOR_SCOPES = ["purchase_orders:read", "purchase_orders:acknowledge"]
MATRIX: dict[tuple[str, str], Answer] = {
    ("GET", "audit-events"): NOT_YOURS,
    ("GET", "purchase-orders"): (200, "nothing"),
    ("POST", "purchase-orders"): NOT_YOURS,
    ("GET", "purchase-orders/<str:order_id>"): NOT_FOUND,
    ("POST", "purchase-orders/<str:order_id>/submit"): NOT_YOURS,
    ("POST", "purchase-orders/<str:order_id>/issue"): NOT_YOURS,
    ("POST", "purchase-orders/<str:order_id>/acknowledgements"): NOT_FOUND,
}


def rows() -> list[tuple[str, str]]:
    """Every method of every address, as the product has them."""
    return [
        (method, str(pattern.pattern))
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if method.lower() in pattern.callback.view_class.http_method_names
        and hasattr(pattern.callback.view_class, method.lower())
    ]


def test_every_address_and_method_has_an_entry() -> None:
    assert sorted(rows()) == sorted(MATRIX)


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return issued(world)  # Acme's; Globex asks for it below.


def outcome(answer: Any) -> Answer:
    body = json.loads(answer.content)
    if answer.status_code == 200:
        return 200, "nothing" if body["data"] == [] else "data"
    return answer.status_code, body["code"]


def asks(caller: Caller, method: str, path: str, order: PurchaseOrder) -> Any:
    if method == "GET":
        return caller.get(path)
    return caller.post(path, {"response": "AP"}, if_match=f'"{order.public_id}.{order.revision}"')


@pytest.mark.parametrize(("method", "route"), rows())
def test_vendor_gets_nothing_of_another_vendors_order(
    method: str, route: str, world: World, order: PurchaseOrder
) -> None:
    globex = Caller(access_token(machine(partner=world.globex, scopes=VENDOR_SCOPES)))
    path = f"/api/v1/{route.replace('<str:order_id>', order.public_id)}"

    answer = asks(globex, method, path, order)

    assert outcome(answer) == MATRIX[method, route]
    assert order.number.encode() not in answer.content
    order.refresh_from_db()
    assert order.status == "issued"


@pytest.mark.parametrize("name", ("filter[vendor]", "filter[project]", "filter[status]"))
def test_vendor_finds_nothing_of_another_by_filter(
    name: str, world: World, order: PurchaseOrder
) -> None:
    value = {
        "filter[vendor]": world.acme.public_id,
        "filter[project]": world.office.public_id,
        "filter[status]": "issued",
    }
    globex = access_token(machine(partner=world.globex, scopes=VENDOR_SCOPES))

    answer = Browser().get(
        "/api/v1/purchase-orders",
        {name: value[name]},
        headers={"Authorization": f"Bearer {globex}"},
    )

    assert outcome(answer) == (200, "nothing")
    assert order.number.encode() not in answer.content


def test_attempt_on_another_vendors_order_is_in_the_trail(
    world: World, order: PurchaseOrder
) -> None:
    new = machine(partner=world.globex, scopes=VENDOR_SCOPES)
    globex = Caller(access_token(new))

    globex.get(f"/api/v1/purchase-orders/{order.public_id}")

    denied = Event.objects.get(action=Action.REQUEST_DENIED)
    assert (denied.client_id, denied.outcome) == (new.client.client_id, "denied")
