"""A query whose SQL is built once answers as the query itself does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet, Value
from django.test.utils import CaptureQueriesContext

from apps.core.models import Statement
from apps.partners.models import Partner
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def rows(*, name: str, at: datetime) -> QuerySet[Partner, dict[str, Any]]:
    """A value twice, constants with what SQL and Python would take for places, and one more."""
    return (
        Partner.objects.filter(name=name, created_at__lte=at)
        .exclude(name="100 %s of 5%% o'$1")
        .annotate(before=Value(5), text=Value("%s %% 'quoted' $2"), again=Value(at))
        .values("name", "before", "text", "again")
    )


def test_statement_answers_as_its_query_does(world: World, at: datetime) -> None:
    statement = Statement(rows, name="a placeholder", at=datetime.min.replace(tzinfo=UTC))

    found = [statement.rows(name=name, at=at) for name in (world.acme.name, world.globex.name, "-")]

    names = (world.acme.name, world.globex.name, "-")
    assert found == [list(rows(name=name, at=at)) for name in names]
    assert [len(one) for one in found] == [1, 1, 0]


def test_statement_is_counted_among_the_queries(world: World, at: datetime) -> None:
    statement = Statement(rows, name="a placeholder", at=datetime.min.replace(tzinfo=UTC))

    with CaptureQueriesContext(connection) as captured:
        statement.rows(name=world.acme.name, at=at)
        statement.rows(name=world.globex.name, at=at)

    assert ["$1" in query["sql"] for query in captured] == [True, True]
