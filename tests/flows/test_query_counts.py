"""How much the API asks the database to read, by the URL table: as many queries for three rows as
for one, few for a single resource, and nothing that was not asked for.
"""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern

from apps.partners.models import Role
from apps.procurement.services import submit_order
from apps.projects.services import add_member
from config.api import urlpatterns
from tests.factories.fulfilment import received, shipped
from tests.factories.gateway import Caller
from tests.factories.invoices import invoiced
from tests.factories.oauth import access_token, machine
from tests.factories.partners import buyer_machine
from tests.factories.policies import approval_rule
from tests.factories.procurement import actor_for, asking, drafted, issued, proposed
from tests.factories.receipts import seal
from tests.factories.world import SETUP, World, partner, project
from tests.flows.intruder import filled_in

pytestmark = pytest.mark.django_db
READS = (
    "purchase_orders:read", "shipments:read", "receipts:read", "invoices:read", "vendors:read",
)  # fmt: skip
MOST = 5  # The token, and four.


def views() -> dict[str, Any]:
    return {
        str(pattern.pattern): pattern.callback.view_class  # type: ignore[attr-defined]  # Django's own
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern)
    }


def readable(kind: str, *, ids: int) -> list[str]:
    """Routes with so many ids, of views that show a list or one resource, for the scopes READS."""
    return [
        route
        for route, view in views().items()
        if getattr(view, kind) is not None
        and set(view.required_scopes["GET"]) <= {*READS}
        and route.count("<") == ids
    ]


@pytest.fixture
def viewer(world: World) -> Caller:
    """A viewer of the buyer's."""
    return Caller(access_token(machine(role=Role.VIEWER, scopes=READS, projects=[world.office])))


def documents(world: World) -> None:
    """One more of each kind."""
    order = issued(world)
    received(order, shipment=shipped(order).public_id)
    invoiced(order)
    seal()


def queries(caller: Caller, path: str) -> int:
    """Of a request after another like it: keys are read once."""
    caller.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = caller.get(path)
    assert answer.status_code == 200, answer.content
    return len(asked)


@pytest.mark.parametrize("route", readable("listing", ids=0))
def test_list_takes_as_many_queries_for_three_as_for_one(
    route: str, world: World, viewer: Caller, at: datetime
) -> None:
    path = f"/api/v1/{route}"
    documents(world)
    few = queries(viewer, path)
    for number in range(2):
        documents(world)
        add_member(actor=SETUP, at=at, project=world.office, partner=partner(f"Vendor {number}"))

    assert len(viewer.get(path).json()["data"]) >= 3
    assert queries(viewer, path) == few


@pytest.mark.parametrize(
    "route", ("projects", "projects/{project}/members", "audit-events", "audit-log/checkpoints")
)
def test_list_of_another_scope_takes_as_many_queries_for_more_as_for_one(
    route: str, world: World, at: datetime
) -> None:
    scopes = ("projects:read", "audit:read")
    documents(world)
    few, items = read(buyer_machine(world, Role.APPROVER_ADMIN, *scopes), route, world)
    others = [project(f"P{number}", world.buyer) for number in range(2)]
    for number in range(2):
        documents(world)
        add_member(actor=SETUP, at=at, project=world.office, partner=partner(f"Vendor {number}"))

    admin = buyer_machine(world, Role.APPROVER_ADMIN, *scopes, projects=[world.office, *others])
    many, more = read(admin, route, world)

    assert (many, more >= items + 2) == (few, True)


def read(caller: Caller, route: str, world: World) -> tuple[int, int]:
    """How many queries it takes, and how many items there are."""
    path = "/api/v1/" + route.format(project=world.office.public_id)
    return queries(caller, path), len(caller.get(path).json()["data"])


def test_approvals_take_as_many_queries_for_three_steps_as_for_one(
    world: World, viewer: Caller
) -> None:
    counts = []
    for sequence in (1, 2, 3):
        approval_rule(world.buyer, amount_from=0, sequence=sequence)
        waits = submit_order(**asking(drafted(world), actor_for(world.erp, world.office)))
        path = f"/api/v1/purchase-orders/{waits.public_id}/approvals"
        counts.append((queries(viewer, path), len(viewer.get(path).json()["data"])))

    assert counts == [(counts[0][0], 1), (counts[0][0], 2), (counts[0][0], 3)]
    assert counts[0][0] <= MOST


@pytest.mark.parametrize(
    "route",
    (
        *readable("fieldset", ids=1),
        *readable("fieldset", ids=2),
        *readable("listing", ids=1),
    ),
)
def test_one_resource_and_what_hangs_on_it_take_four_queries_after_the_token(
    route: str, world: World, viewer: Caller
) -> None:
    path = filled_in(route, issued(world))

    assert queries(viewer, path) <= MOST


@pytest.mark.parametrize("route", readable("listing", ids=0))
def test_list_of_one_field_takes_one_query_after_the_token_and_the_claims(
    route: str, world: World, viewer: Caller
) -> None:
    documents(world)
    first = views()[route].listing.names[0]
    claims = 1 if route == "vendors" else 0

    assert queries(viewer, f"/api/v1/{route}?fields={first}") == 2 + claims


@pytest.mark.parametrize("route", (*readable("listing", ids=0), *readable("listing", ids=1)))
def test_each_field_by_itself_is_as_it_is_in_the_whole(
    route: str, world: World, viewer: Caller
) -> None:
    documents(world)
    order = issued(world)
    path = filled_in(route, order)
    if route.endswith("/approvals"):
        approval_rule(world.buyer, amount_from=0)
        waits = submit_order(**asking(drafted(world), actor_for(world.erp, world.office)))
        path = f"/api/v1/purchase-orders/{waits.public_id}/approvals"
    if route.endswith("/changes"):
        proposed(order, actor_for(world.acme, world.office))
    first = viewer.get(path, limit="1").json()["data"][0]
    told = {name: value for name, value in first.items() if name != "_redacted"}

    alone = {
        name: viewer.get(path, limit="1", fields=name).json()["data"][0][name] for name in told
    }

    assert alone == told
