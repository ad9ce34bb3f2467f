"""Other ways to name what is another vendor's than the address: filters, expansions, cursors, the
keys of repeatable writes and members of bodies. Generated from the URL table too. Whichever it is,
nothing is told and the trail hears of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.urls import URLPattern

from apps.audit.events import Action
from apps.audit.models import Event
from apps.gateway.rest import Fieldset, Listing
from apps.partners.models import Partner, Role
from apps.procurement.models import PurchaseOrder
from config.api import urlpatterns
from tests.factories.fulfilment import received, shipped, taken_back
from tests.factories.gateway import Caller, new_key, problem
from tests.factories.invoices import INVOICES, invoice_body, invoiced, ready
from tests.factories.oauth import access_token, machine
from tests.factories.partners import account, machine_caller
from tests.factories.procurement import drafted, issued
from tests.factories.receipts import seal
from tests.factories.world import World, project
from tests.flows.intruder import asks, body_for, filled_in, outcome
from tests.flows.matrix import MATRIX, NOT_FOUND, VENDOR_SCOPES

pytestmark = pytest.mark.django_db
READS = (
    "purchase_orders:read", "shipments:read", "receipts:read", "invoices:read", "vendors:read",
    "projects:read",
)  # fmt: skip
SHARED = {"prj", "ent"}  # Both vendors take part in the project, of the same buyer.
NAMED = ("not-found", "named-anothers")
# What a body of the place says else than usual; where not told, another reason.
OTHERWISE = {
    "shipments": {"reference": "S-2"},
    "invoices": {"note": "Another"},
    "contacts": {"name": "Bea"},
    "addresses": {"city": "Bergen"},
    "changes": {"lines": [{"line_no": 1, "quantity": "90"}]},
    "tax-registrations": {"tax_id": "DE811569869"},
}


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


def vendor(partner: Partner, **more: Any) -> Caller:
    return machine_caller(partner, Role.ADMIN, *VENDOR_SCOPES, **more)


def signals(partner: Partner) -> list[tuple[str, str | None]]:
    """What the trail heard of the partner: the code, and what was misused where that is not it."""
    denials = Event.objects.filter(action=Action.REQUEST_DENIED, partner_id=partner.pk)
    return [(one.data["code"], one.private.get("signal")) for one in denials.order_by("pk")]


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
    assert signals(world.globex) == ([] if kind in SHARED else [NAMED])
    assert signals(world.acme) == []


@pytest.mark.parametrize("route", ("purchase-orders", "shipments", "receipts", "invoices"))
def test_vendor_that_names_a_project_of_others_is_noticed(route: str, world: World) -> None:
    elsewhere = project("ACME", world.buyer, world.acme)
    query = {"filter[project]": elsewhere.public_id}

    assert outcome(vendor(world.globex).get(f"/api/v1/{route}", **query)) == (200, "nothing")
    assert signals(world.globex) == [NAMED]


@pytest.mark.parametrize("operator", ("", "[eq]", "[in]"))
def test_vendor_that_names_its_own_or_nothing_is_not_noticed(operator: str, world: World) -> None:
    own, acme = issued(world), vendor(world.acme)
    another = issued(world, vendor=world.globex.public_id)

    for order_id in (own.public_id, "po_" + "0" * 26):
        query = {f"filter[purchase_order]{operator}": order_id}
        assert outcome(acme.get("/api/v1/shipments", **query)) == (200, "nothing")
    acme.get("/api/v1/shipments", **{"filter[purchase_order][ne]": another.public_id})
    assert signals(world.acme) == []
    acme.get("/api/v1/shipments", **{f"filter[purchase_order]{operator}": another.public_id})
    assert signals(world.acme) == [NAMED]


@pytest.mark.parametrize(("route", "name", "kind"), filters_by_id())
def test_vendor_that_names_its_own_of_another_session_is_not_noticed(
    route: str, name: str, kind: str, world: World, documents: Documents
) -> None:
    path, query = f"/api/v1/{route}", {f"filter[{name}]": documents.ids[kind]}
    elsewhere = project("OTHER", world.buyer, world.acme)
    caller = vendor(world.acme, projects=[elsewhere])

    assert caller.get("/api/v1/me").json()["projects"] == [elsewhere.public_id]
    assert caller.get(path, **query).status_code == 200
    assert signals(world.acme) == []


def test_vendor_that_names_a_project_it_was_in_is_not_noticed(world: World) -> None:
    at = datetime.now(UTC)
    world.office.members.filter(partner=world.acme).update(valid_until=at)
    caller = vendor(world.acme, projects=[project("OTHER", world.buyer, world.acme)])
    query = {"filter[project]": world.office.public_id}

    assert outcome(caller.get("/api/v1/purchase-orders", **query)) == (200, "nothing")
    assert signals(world.acme) == []


def test_vendor_that_names_an_order_not_issued_to_it_yet_is_noticed(world: World) -> None:
    query = {"filter[purchase_order]": drafted(world).public_id}

    assert outcome(vendor(world.acme).get("/api/v1/shipments", **query)) == (200, "nothing")
    assert signals(world.acme) == [NAMED]


@pytest.mark.parametrize(("route", "name", "kind"), filters_by_id())
def test_buyers_side_that_names_what_is_in_other_projects_is_not_noticed(
    route: str, name: str, kind: str, world: World, documents: Documents
) -> None:
    path, query = f"/api/v1/{route}", {f"filter[{name}]": documents.ids[kind]}
    elsewhere = project("OTHER", world.buyer, world.globex, world.erp)
    viewer = machine(role=Role.VIEWER, scopes=READS, projects=[elsewhere])
    callers = [
        Caller(access_token(viewer)),
        machine_caller(world.erp, Role.INTEGRATION, *READS, projects=[elsewhere]),
    ]

    for caller in callers:
        assert caller.get(path, **query).status_code == 200
    assert not Event.objects.filter(action=Action.REQUEST_DENIED).exists()


@pytest.mark.parametrize(("route", "name"), expansions())
def test_vendor_finds_nothing_of_another_by_expansion(
    route: str, name: str, world: World, documents: Documents
) -> None:
    path, globex = filled_in(route, documents.order), vendor(world.globex)

    assert outcome(globex.get(path, expand=name)) == MATRIX["GET", route]
    found_nothing = MATRIX["GET", route] == NOT_FOUND
    assert signals(world.globex) == [("not-found", None)] * found_nothing


@pytest.mark.parametrize("route", lists())
def test_vendor_gets_nowhere_with_another_callers_cursor(route: str, world: World) -> None:
    path = f"/api/v1/{route}"
    projects = [world.office, project("OTHER", world.buyer, world.acme)]
    for _ in range(2):
        order = issued(world)
        received(order, shipment=shipped(order).public_id)
        invoiced(order)
        seal()
    viewer = machine(role=Role.VIEWER, scopes=READS, projects=projects)
    callers = [Caller(access_token(viewer)), vendor(world.acme)]
    if route == "vendors":
        callers.pop()  # A vendor's list is itself, so it has no cursor.
    globex = vendor(world.globex)

    for number, caller in enumerate(callers, 1):
        cursor = caller.get(path, limit="1").json()["page"]["next"]
        answer = globex.get(path, limit="1", cursor=cursor)

        assert problem(answer) == (400, "cursor-invalid")
        assert signals(world.globex) == [("cursor-invalid", "anothers-cursor")] * number


def test_cursor_that_is_nobodys_is_not_noticed(world: World) -> None:
    globex = vendor(world.globex)
    for _ in range(2):
        issued(world, vendor=world.globex.public_id)
    own = globex.get("/api/v1/purchase-orders", limit="1").json()["page"]["next"]

    for cursor, more in (("made-up", {}), (own + "x", {}), (own, {"sort": "number"})):
        answer = globex.get("/api/v1/purchase-orders", cursor=cursor, **more)
        assert problem(answer) == (400, "cursor-invalid")
    assert signals(world.globex) == []


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

    same = body_for(path, documents.order)
    # Were the keys of all vendors one space, another body would meet the first one's fingerprint.
    for number, body in enumerate((same, otherwise(route, same)), 1):
        globex = vendor(world.globex)  # A client for each, or it would repeat itself.
        answer = asks(globex, "POST", path, documents.order, body, Idempotency_Key=key)

        assert outcome(answer) == MATRIX["POST", route]
        assert "Idempotency-Replayed" not in answer
        assert documents.order.number.encode() not in answer.content
        assert signals(world.globex) == [("not-found", None)] * number


def otherwise(route: str, body: dict[str, Any]) -> dict[str, Any]:
    """Another request of the same form."""
    if route == "batches":
        (item,) = body["items"]
        return {**body, "items": [{**item, "body": {**item["body"], "reason": "Another"}}]}
    changed = OTHERWISE.get(route.rpartition("/")[2], {"reason": "Another"})
    assert body != {**body, **changed}
    return {**body, **changed}


# --- Members of bodies --------------------------------------------------------------------------


def test_vendor_is_not_paid_to_anothers_account(world: World) -> None:
    account_id = account(world.globex).public_id

    answer = vendor(world.acme).post(INVOICES, invoice_body(ready(world), bank_account=account_id))

    assert problem(answer) == (422, "validation-error")
    assert signals(world.acme) == [("validation-error", "named-anothers")]


def test_vendor_retires_no_account_of_another(world: World) -> None:
    account_id = account(world.globex).public_id
    path = f"/api/v1/vendors/{world.acme.public_id}/bank-account-changes"
    body = {"kind": "retire", "account": account_id, "reason": "Closed"}

    assert problem(vendor(world.acme).post(path, body)) == (422, "validation-error")
    assert signals(world.acme) == [("validation-error", "named-anothers")]


@pytest.mark.parametrize("account_id", ("bnk_" + "0" * 26, "x"))
def test_vendor_that_names_no_account_is_not_noticed(account_id: str, world: World) -> None:
    body = invoice_body(ready(world), bank_account=account_id)

    assert problem(vendor(world.acme).post(INVOICES, body)) == (422, "validation-error")
    assert signals(world.acme) == []
