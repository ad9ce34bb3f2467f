"""Lists of revisions read what an order said, the largest of a row, when it is asked for only."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.procurement.models import OrderRevision
from tests.factories.gateway import ORDERS, Caller
from tests.factories.procurement import buyer_caller, issued
from tests.factories.world import World

pytestmark = pytest.mark.django_db
CONTENT = '"procurement_orderrevision"."content"'


@pytest.fixture
def path(world: World) -> str:
    return f"{ORDERS}/{issued(world).public_id}/revisions"


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world)


@pytest.mark.parametrize(
    ("query", "shown"),
    (
        ({}, False),
        ({"fields": "id,revision"}, False),
        ({"expand": "content"}, True),
        ({"fields": "content"}, True),
        ({"fields": "revision", "expand": "content"}, True),
    ),
)
def test_content_is_read_when_it_is_shown(
    path: str, erp: Caller, query: dict[str, str], *, shown: bool
) -> None:
    newest = OrderRevision.objects.latest("revision")

    with CaptureQueriesContext(connection) as asked:
        rows = erp.get(path, **query).json()["data"]

    assert rows[0].get("content") == (newest.content if shown else None)
    assert len(rows) == 3
    assert len([one for one in asked if CONTENT in one["sql"]]) == (1 if shown else 0)
    assert len([one for one in asked if one["sql"].startswith("SELECT")]) <= 4


def test_one_revision_is_read_with_its_content(path: str, erp: Caller) -> None:
    newest = OrderRevision.objects.latest("revision")

    assert erp.get(f"{path}/{newest.public_id}").json()["content"] == newest.content
