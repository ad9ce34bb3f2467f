"""Single resources: the part asked for, and 304 for what the caller has already."""

from typing import Any

import pytest
from django.test import Client as Browser
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.gateway.rest import Fieldset, detail_response
from apps.procurement.models import PurchaseOrder
from tests.conformance.compliance import conforms
from tests.factories.gateway import ORDERS, Caller, problem
from tests.factories.procurement import buyer_caller, drafted
from tests.factories.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(world: World) -> PurchaseOrder:
    return drafted(world)


@pytest.fixture
def erp(world: World) -> Caller:
    return buyer_caller(world)


def get(caller: Caller, order: PurchaseOrder, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"{ORDERS}/{order.public_id}"
    return Browser().get(path, headers={**caller.credentials("GET", path), **sent})


def test_resource_has_its_etag_and_is_for_its_caller_only(
    order: PurchaseOrder, erp: Caller
) -> None:
    answer = get(erp, order)

    assert answer["ETag"] == f'"{order.public_id}.1"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Vary"] == "Authorization"


@conforms("RFC 9110", "13.1.2", "If-None-Match compares weakly and is answered with 304.")
@pytest.mark.parametrize("known", ('"{tag}"', 'W/"{tag}"', '"other.1", "{tag}"', "*"))
def test_resource_that_is_known_is_not_sent_again(
    order: PurchaseOrder, erp: Caller, known: str
) -> None:
    tag = f"{order.public_id}.1"

    answer = get(erp, order, If_None_Match=known.format(tag=tag))

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == f'"{tag}"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Vary"] == "Authorization"


@pytest.mark.parametrize("known", ("", '"{id}.2"', "{id}.1", '"{id}.11"'))
def test_resource_that_has_changed_is_sent(order: PurchaseOrder, erp: Caller, known: str) -> None:
    answer = get(erp, order, If_None_Match=known.format(id=order.public_id))

    assert answer.status_code == 200
    assert answer.json()["id"] == order.public_id


def test_tag_opens_nothing_to_those_without_the_right(world: World, order: PurchaseOrder) -> None:
    tag = f'"{order.public_id}.1"'
    other = buyer_caller(world, "purchase_orders:create")

    assert problem(get(other, order, If_None_Match=tag)) == (403, "insufficient-scope")


def test_fields_leave_out_the_rest(order: PurchaseOrder, erp: Caller) -> None:
    answer = erp.get(f"{ORDERS}/{order.public_id}", fields="id,status")

    assert answer.json() == {"id": order.public_id, "status": "draft", "_redacted": ["cost"]}
    assert answer["ETag"] == f'"{order.public_id}.1"'


def test_unknown_field_is_refused(order: PurchaseOrder, erp: Caller) -> None:
    answer = erp.get(f"{ORDERS}/{order.public_id}", fields="id,iban")

    assert problem(answer) == (400, "unknown-filter")


class Shape(serializers.Serializer[Any]):
    lines = serializers.ListField()


def test_expansion_is_read_at_once(order: PurchaseOrder, django_assert_num_queries: Any) -> None:
    fieldset = Fieldset(Shape, expands={"lines": ("lines__adjustments",)})
    request = Request(APIRequestFactory().get("/orders/1", {"expand": "lines"}))

    def body(order: PurchaseOrder, expand: frozenset[str]) -> dict[str, Any]:
        return {name: [line.line_no for line in order.lines.all()] for name in expand}

    row = PurchaseOrder.objects.get()
    with django_assert_num_queries(2):
        answer = detail_response(request, fieldset, row, body)
        assert [list(line.adjustments.all()) for line in row.lines.all()] == [[]]

    assert answer.data == {"lines": [1]}
    assert answer["ETag"] == f'"{order.public_id}.1"'
