"""Lists as callers meet them: filters, sorts, fields, counts, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.core.actor import Actor
from apps.gateway.errors import ClaimNotPermittedError, UnknownFilterError
from apps.gateway.rest import Fieldset, Listing, Sort, counting, filters, list_response
from apps.procurement.models import PurchaseOrder
from apps.procurement.rest.listings import ORDERS as ORDERS_LISTED
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.procurement import (
    actor_for,
    buyer_caller,
    drafted,
    issued,
    vendor_caller,
)
from tests.factories.world import World

pytestmark = pytest.mark.django_db


def numbers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["number"] for item in answer.json()["data"]]


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world)


# --- Filters ------------------------------------------------------------------------------------


def test_filters_narrow_together(world: World, erp: Caller) -> None:
    draft, sent = drafted(world), issued(world, vendor=world.globex.public_id)
    dear = drafted(world, currency="NOK", reference="Desk 47-11")

    assert numbers(erp.get(ORDERS, **{"filter[status]": "draft"})) == [dear.number, draft.number]
    assert numbers(erp.get(ORDERS, **{"filter[status][ne]": "draft"})) == [sent.number]
    assert numbers(erp.get(ORDERS, **{"filter[status]": "draft,issued"})) == [
        dear.number,
        sent.number,
        draft.number,
    ]
    assert numbers(erp.get(ORDERS, **{"filter[vendor]": world.globex.public_id})) == [sent.number]
    assert numbers(erp.get(ORDERS, **{"filter[reference][contains]": "desk 4"})) == [dear.number]
    assert numbers(erp.get(ORDERS, **{"filter[reference][starts_with]": "47"})) == []
    assert numbers(erp.get(ORDERS, **{"filter[issued_at][is_null]": "false"})) == [sent.number]
    assert numbers(
        erp.get(ORDERS, **{"filter[status]": "draft", "filter[currency][eq]": "EUR"})
    ) == [draft.number]


def test_times_bound_a_list_from_both_sides(world: World, erp: Caller) -> None:
    orders = [drafted(world) for _ in range(3)]
    for order, day in zip(orders, (1, 2, 3), strict=True):
        at = datetime(2026, 1, day, tzinfo=UTC)
        PurchaseOrder.objects.filter(pk=order.pk).update(updated_at=at)

    answer = erp.get(
        ORDERS,
        **{
            "filter[updated_at][gt]": "2026-01-01T00:00:00Z",
            "filter[updated_at][lte]": "2026-01-02T02:00:00+02:00",
        },
    )

    assert numbers(answer) == [orders[1].number]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    (
        ("filter[iban]", "x", "unknown-filter"),
        ("filter[status][gt]", "draft", "unknown-filter"),
        ("filter[status][]", "draft", "unknown-filter"),
        ("filter", "draft", "unknown-filter"),
        ("sort", "iban", "unknown-filter"),
        ("sort", "", "unknown-filter"),
        ("sort", "-", "unknown-filter"),
        ("sort", "--number", "unknown-filter"),
        ("fields", "id,iban", "unknown-filter"),
        ("fields", "", "unknown-filter"),
        ("expand", "project", "unknown-filter"),
        ("count", "exact", "malformed-request"),
        ("sort", "number,-number", "malformed-request"),
        ("filter[status]", "", "malformed-request"),
        ("filter[number]", "a\x00b", "malformed-request"),
        ("filter[vendor]", "ptr_1", "malformed-request"),
        ("filter[created_at][gte]", "yesterday", "malformed-request"),
    ),
)
def test_query_that_makes_no_sense_is_refused(
    erp: Caller, name: str, value: str, code: str
) -> None:
    assert problem(erp.get(ORDERS, **{name: value})) == (400, code)


NASTY = (
    "", "\x00", "%", "_", "\\", "'", ",", ",,", "9" * 400, "-" + "9" * 15 + ".999999", "1e999",
    "NaN", "٣", "true", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59", "0001-01-01", "9999-12-31", "2026-02-30", "\ud7ff", "\U0010ffff",
)  # fmt: skip


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(ORDERS_LISTED.parameters)),
    value=st.sampled_from(NASTY) | st.text(st.characters(codec="utf-8"), max_size=30),
)
def test_query_of_whatever_values_is_answered_or_refused(
    erp: Caller, name: str, value: str
) -> None:
    answer = erp.get(ORDERS, **{name: value})

    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        problem(answer)


def test_refusal_lists_what_there_is(erp: Caller) -> None:
    assert erp.get(ORDERS, sort="iban").json()["known"] == [
        "created_at",
        "id",
        "number",
        "tax_exclusive",
        "tax_inclusive",
        "updated_at",
    ]


# --- Sorts --------------------------------------------------------------------------------------


def test_sort_decides_and_the_id_settles_ties(world: World, erp: Caller) -> None:
    first, second, third = (drafted(world) for _ in range(3))
    PurchaseOrder.objects.update(updated_at=datetime(2026, 1, 1, tzinfo=UTC))
    PurchaseOrder.objects.filter(pk=first.pk).update(updated_at=datetime(2026, 1, 2, tzinfo=UTC))

    assert numbers(erp.get(ORDERS, sort="updated_at")) == [
        second.number,
        third.number,
        first.number,
    ]
    assert numbers(erp.get(ORDERS, sort="-updated_at")) == [
        first.number,
        third.number,
        second.number,
    ]
    assert numbers(erp.get(ORDERS, sort="-updated_at,id")) == [
        first.number,
        second.number,
        third.number,
    ]
    assert numbers(erp.get(ORDERS)) == [third.number, second.number, first.number]


def test_cursor_counts_for_its_sort_only(world: World, erp: Caller) -> None:
    for _ in range(2):
        drafted(world)
    cursor = erp.get(ORDERS, sort="number", limit="1").json()["page"]["next"]

    assert erp.get(ORDERS, sort="number", cursor=cursor).status_code == 200
    assert problem(erp.get(ORDERS, sort="-number", cursor=cursor)) == (400, "cursor-invalid")
    assert problem(erp.get(ORDERS, cursor=cursor)) == (400, "cursor-invalid")


# --- Fields and counts --------------------------------------------------------------------------


def test_fields_leave_out_the_rest(world: World, erp: Caller) -> None:
    order = drafted(world)

    answer = erp.get(ORDERS, fields="number,id")

    (row,) = answer.json()["data"]
    assert row == {"id": order.public_id, "number": order.number, "_redacted": ["cost"]}


def test_fields_may_change_from_page_to_page(world: World, erp: Caller) -> None:
    first, _second = drafted(world), drafted(world)
    cursor = erp.get(ORDERS, limit="1", fields="id").json()["page"]["next"]

    answer = erp.get(ORDERS, limit="1", cursor=cursor, fields="number")

    assert answer.json()["data"] == [{"number": first.number, "_redacted": ["cost"]}]


def test_count_is_of_what_the_caller_may_see(world: World, erp: Caller) -> None:
    issued(world)
    issued(world, vendor=world.globex.public_id)

    told = [caller.get(ORDERS, count="estimate", limit="1").json()["page"]["count_estimate"]
            for caller in (erp, vendor_caller(world.acme))]  # fmt: skip

    assert told == [2, 1]
    assert "count_estimate" not in erp.get(ORDERS).json()["page"]


def test_count_of_many_rows_is_the_planners(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        drafted(world)
    monkeypatch.setattr(counting, "COUNTED", 1)

    with CaptureQueriesContext(connection) as asked:
        told = counting.estimate_count(PurchaseOrder.objects.all())

    assert told >= 2
    assert [query["sql"].split()[0] for query in asked] == ["SELECT", "EXPLAIN"]


@pytest.mark.parametrize("count", (1, 3))
def test_list_takes_the_same_queries_however_long(world: World, erp: Caller, count: int) -> None:
    for _ in range(count):
        drafted(world)
    erp.get(ORDERS)  # The keys are known from here on.

    with CaptureQueriesContext(connection) as asked:
        assert len(numbers(erp.get(ORDERS, sort="-updated_at", fields="number"))) == count

    selects = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    assert len(selects) == 2  # The token and the orders; nobody asked for lines.


# --- What is hidden, and what is expanded -------------------------------------------------------


class Shape(serializers.Serializer[Any]):
    number = serializers.CharField()
    note = serializers.CharField()
    lines = serializers.ListField()


HIDING = Listing(
    Shape,
    filters={"note": filters.text("note", claim_group="internal")},
    sorts={"note": Sort("note", claim_group="internal")},
    expands={"lines": ("lines",)},
)


def body(order: PurchaseOrder, expand: frozenset[str] = frozenset()) -> dict[str, Any]:
    lines = {"lines": [line.line_no for line in order.lines.all()]} if "lines" in expand else {}
    return {"number": order.number, **lines, "_redacted": ["internal"]}


def asked(actor: Actor, **query: str) -> Request:
    request = Request(APIRequestFactory().get("/orders", query))
    request.user = actor
    return request


@pytest.mark.parametrize("query", ({"filter[note]": "x"}, {"sort": "-note"}))
def test_what_is_hidden_is_neither_filtered_nor_sorted_by(
    world: World, query: dict[str, str]
) -> None:
    request = asked(actor_for(world.erp, world.office), **query)
    rows = PurchaseOrder.objects.all()

    with pytest.raises(ClaimNotPermittedError):
        list_response(request, HIDING, rows, body)
    answer = list_response(request, HIDING, rows, body, claims={"internal"})
    assert answer.status_code == 200


@pytest.mark.parametrize("count", (1, 3))
def test_expansion_is_shown_and_read_at_once(world: World, count: int) -> None:
    orders = [drafted(world) for _ in range(count)]
    request = asked(actor_for(world.erp, world.office), expand="lines", fields="lines")

    with CaptureQueriesContext(connection) as queries:
        answer = list_response(request, HIDING, PurchaseOrder.objects.all(), body)

    assert answer.data["data"] == [{"lines": [1], "_redacted": ["internal"]} for _ in orders]
    assert len(queries) == 2


def test_unknown_expansion_is_refused(world: World) -> None:
    with pytest.raises(UnknownFilterError):
        HIDING.selection(asked(actor_for(world.erp, world.office), expand="lines,vendor"))


def test_fieldset_without_fields_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        _ = Fieldset(serializers.BaseSerializer).names
