"""Whole numbers that no column holds: refused or found nowhere, never a fault of ours."""

import re
from typing import Any

import pytest
from django.urls import URLPattern

from apps.partners.models import Role
from config.api import urlpatterns
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.oauth import access_token, machine
from tests.factories.procurement import issued
from tests.factories.receipts import seal
from tests.factories.world import World

pytestmark = pytest.mark.django_db
BEYOND = ("9223372036854775808", "9" * 30, "-9223372036854775809", "9" * 5000)
WITHIN = ("9" * 18, "-" + "9" * 18, "2147483648")
NUMBER = {"type": "integer"}
LOG = "/api/v1/audit-log"


def numbered() -> list[tuple[str, str]]:
    """Every filter of the API that takes whole numbers, by the URL table."""
    return [
        (str(pattern.pattern), name)
        for pattern in urlpatterns
        if isinstance(pattern, URLPattern)
        for name, parameter in listed(pattern).items()
        if name.startswith("filter") and NUMBER in (parameter.schema, parameter.schema.get("items"))
    ]


def listed(pattern: URLPattern) -> dict[str, Any]:
    listing = pattern.callback.view_class.listing  # type: ignore[attr-defined]  # Django's own
    return listing.parameters if listing else {}


@pytest.fixture
def reader(world: World) -> Caller:
    scopes = ["purchase_orders:read"]
    return Caller(access_token(machine(role=Role.VIEWER, scopes=scopes, projects=[world.office])))


@pytest.mark.parametrize(("route", "name"), numbered())
def test_filter_refuses_what_no_column_holds(
    route: str, name: str, world: World, reader: Caller
) -> None:
    path = "/api/v1/" + re.sub("<str:order_id>", issued(world).public_id, route)

    refused = [problem(reader.get(path, **{name: given})) for given in BEYOND]
    taken = [reader.get(path, **{name: given}).status_code for given in WITHIN]

    assert refused == [(400, "malformed-request")] * len(BEYOND)
    assert taken == [200] * len(WITHIN)


def test_every_kind_of_list_with_numbers_is_asked() -> None:
    assert {route for route, _ in numbered()} == {
        "audit-log/checkpoints",
        "purchase-orders/<str:order_id>/lines",
        "purchase-orders/<str:order_id>/revisions",
    }


@pytest.mark.parametrize("given", (*BEYOND, *WITHIN))
def test_other_numbers_are_refused_or_found_nowhere(
    given: str, world: World, reader: Caller
) -> None:
    order = issued(world)
    seal()
    asked: dict[str, dict[str, str]] = {
        f"{ORDERS}/{order.public_id}/authorization": {"revision": given},
        f"{LOG}/inclusion-proofs": {"index": given},
        f"{LOG}/consistency-proofs": {"first": given, "second": given},
        f"{LOG}/checkpoints/{given}": {},
    }

    answers = {path: problem(reader.get(path, **query)) for path, query in asked.items()}
    before = reader.get(f"{ORDERS}/{order.public_id}/authorization", before=given).status_code

    assert set(answers.values()) <= {(400, "malformed-request"), (404, "not-found")}
    assert before in {200, 400}
