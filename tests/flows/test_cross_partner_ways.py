"""Other ways to name what is another vendor's than the address: filters, expansions, cursors and
the keys of repeatable writes. Generated from the URL table too.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern

from apps.gateway.rest import Fieldset, Listing
from apps.partners.models import Role
from apps.procurement.models import PurchaseOrder
from config.api import urlpatterns
from tests.factories.fulfilment import received, shipped, taken_back
from tests.factories.gateway import Caller, new_key, problem
from tests.factories.invoices import invoiced
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import issued
from tests.factories.receipts import seal
from tests.factories.world import World, project
from tests.flows.intruder import asks, filled_in, outcome
from tests.flows.matrix import MATRIX, NOT_FOUND, VENDOR_SCOPES

pytestmark = pytest.mark.django_db
READS = (
    "purchase_orders:read", "shipments:read", "receipts:read", "invoices:read", "vendors:read",
    "projects:read",
)  # fmt: skip


def views() -> dict[str, Any]:
    """Every view by its route."""
    return {
        str(pattern.pattern): pattern.callback.view_class
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern)
    }


def lists() -> dict[str, Listing]:
    """Lists that are not below a resource, and that a vendor may read."""
    return {
        route: view.listing
        for route, view in views().items()
        if view.listing is not None and "<" not in route and MATRIX["GET", route][0] == 200
    }


def filters_by_id() -> list[tuple[str, str, str]]:
    """List, filter, and which kind of id the filter takes."""
    return [
        (route, name, kind.schema["pattern"].removeprefix("^").partition("_")[0])
        for route, listing in lists().items()
        for name, kind in listing.filters.items()
        if str(kind.schema.get("pattern")).endswith("{26}$")
    ]


def expansions() -> list[tuple[str, str]]:
    shown: dict[str, Fieldset | None] = {
        route: view.listing or view.fieldset for route, view in views().items()
    }
    return [(route, name) for route, one in shown.items() if one for name in one.expands]


def vendor(partner: Any) -> Caller:
    return Caller(access_token(machine(partner=partner, scopes=VENDOR_SCOPES, role=Role.ADMIN)))


@dataclass(frozen=True)
class Documents:
    """Acme's, one of each kind."""

    order: PurchaseOrder
    ids: dict[str, str]


@pytest.fixture
def documents(world: World) -> Documents:
    order = issued(world)
    shipment = shipped(order)
    receipt = received(order, shipment=shipment.public_id)
    taken_back(receipt)
    ids = {
        "po": order.public_id,
        "prj": world.office.public_id,
        "ptr": world.acme.public_id,
        "ent": world.buyer.public_id,
        "shp": shipment.public_id,
        "rcp": receipt.public_id,
        "inv": invoiced(order).public_id,
    }
    return Documents(order, ids)


def test_every_list_is_looked_into_by_id() -> None:
    assert {route for route, *_ in filters_by_id()} >= {
        "invoices",
        "purchase-orders",
        "receipts",
        "shipments",
    }


@pytest.mark.parametrize(("route", "name", "kind"), filters_by_id())
def test_vendor_finds_nothing_of_another_by_filter(
    route: str, name: str, kind: str, world: World, documents: Documents
) -> None:
    path, query = f"/api/v1/{route}", {f"filter[{name}]": documents.ids[kind]}

    assert vendor(world.acme).get(path, **query).json()["data"] != []
    assert outcome(vendor(world.globex).get(path, **query)) == (200, "nothing")


@pytest.mark.parametrize(("route", "name"), expansions())
def test_vendor_finds_nothing_of_another_by_expansion(
    route: str, name: str, world: World, documents: Documents
) -> None:
    path, globex = filled_in(route, documents.order), vendor(world.globex)

    assert outcome(globex.get(path, expand=name)) == MATRIX["GET", route]


@pytest.mark.parametrize("route", lists())
def test_vendor_gets_nowhere_with_another_callers_cursor(route: str, world: World) -> None:
    path = f"/api/v1/{route}"
    for _ in range(2):
        order = issued(world)
        received(order, shipment=shipped(order).public_id)
        invoiced(order)
        seal()
    projects = [world.office, project("OTHER", world.buyer)]
    buyer = machine(role=Role.VIEWER, scopes=READS, projects=projects)
    cursor = Caller(access_token(buyer)).get(path, limit="1").json()["page"]["next"]

    answer = vendor(world.globex).get(path, limit="1", cursor=cursor)

    assert problem(answer) == (400, "cursor-invalid")


def repeatable() -> list[str]:
    """Writes that a vendor has the scope for."""
    return [
        route
        for route, view in views().items()
        if view.repeatable and MATRIX.get(("POST", route)) in {NOT_FOUND, (200, "not-found")}
    ]


@pytest.mark.parametrize("route", repeatable())
def test_vendor_replays_nothing_of_another(route: str, world: World, documents: Documents) -> None:
    key, path = new_key(), filled_in(route, documents.order)
    done = asks(vendor(world.acme), "POST", path, documents.order, Idempotency_Key=key)
    assert done.status_code in {200, 201}, done.content

    answer = asks(vendor(world.globex), "POST", path, documents.order, Idempotency_Key=key)

    assert outcome(answer) == MATRIX["POST", route]
    assert "Idempotency-Replayed" not in answer
    assert documents.order.number.encode() not in answer.content
