"""Merge patches: the algorithm's own vectors, and what a patch may say of a shape."""

from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from apps.core.errors import ValidationFailedError
from apps.gateway.errors import (
    ClaimNotPermittedError,
    MalformedRequestError,
    UnknownFieldError,
)
from apps.gateway.policy import entity_tag
from apps.gateway.rest import (
    Day,
    StrictSerializer,
    Text,
    Whole,
    many_of,
    merge_patch,
    read_merged,
    read_patch,
)
from tests.conformance.compliance import conforms
from tests.factories.gateway import ORDERS
from tests.factories.procurement import buyer_caller, drafted
from tests.factories.world import World

# RFC 7396, appendix A.
VECTORS: tuple[tuple[Any, Any, Any], ...] = (
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
)


@conforms("RFC 7396", "A", "The test cases of the appendix give its results.")
@pytest.mark.parametrize(("target", "patch", "result"), VECTORS)
def test_merge_patch_gives_the_rfcs_results(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


json_objects = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=10,
).flatmap(lambda value: st.dictionaries(st.text(max_size=2), st.just(value), max_size=3))


@given(target=json_objects, patch=json_objects)
def test_merge_patch_said_twice_is_said_once(target: Any, patch: Any) -> None:
    once = merge_patch(target, patch)

    assert merge_patch(once, patch) == once


class PlaceShape(StrictSerializer):
    city = Text(max_length=10)
    country = Text(max_length=2)
    note = Text(max_length=10, required=False, allow_blank=True)


class ItemShape(StrictSerializer):
    line_no = Whole(min_value=1)
    uom = Text(max_length=3)


class ThingShape(StrictSerializer):
    id = Text(read_only=True)
    name = Text(max_length=10)
    note = Text(max_length=10, required=False, allow_blank=True)
    due = Day(required=False, allow_null=True)
    days = Whole(default=30)
    iban = Text(max_length=34, required=False)
    items = many_of(ItemShape, required=False, max_length=2)
    place = PlaceShape(required=False, allow_null=True)


def patch_of(body: Any) -> Request:
    factory = APIRequestFactory()
    return Request(factory.patch("/things/1", body, format="json"), parsers=[JSONParser()])


@pytest.mark.parametrize(
    ("patch", "said"),
    (
        ({}, {}),
        ({"name": "Desk"}, {"name": "Desk"}),
        (
            {"note": None, "due": None, "days": None, "items": None, "place": None},
            {"note": "", "due": None, "days": 30, "items": [], "place": None},
        ),
        (
            {"items": [{"line_no": 1, "uom": "EA"}]},
            {"items": [{"line_no": 1, "uom": "EA"}]},
        ),
        ({"place": {"city": "Oslo", "note": None}}, {"place": {"city": "Oslo", "note": ""}}),
    ),
)
def test_patch_says_what_changes(patch: Any, said: Any) -> None:
    assert read_patch(patch_of(patch), ThingShape) == said


@pytest.mark.parametrize(
    ("patch", "faults"),
    (
        ({"name": None}, [("/name", "required")]),
        ({"name": 4}, [("/name", "invalid")]),
        ({"name": ""}, [("/name", "blank")]),
        ({"iban": None}, [("/iban", "required")]),
        ({"items": [{"line_no": 1}]}, [("/items/0/uom", "required")]),
        ({"place": {"city": None, "country": "NOR"}}, [
            ("/place/city", "required"),
            ("/place/country", "max-length"),
        ]),
        ({"place": "Oslo"}, [("/place", "invalid")]),
    ),
)  # fmt: skip
def test_patch_with_unacceptable_values_names_their_places(
    patch: Any, faults: list[tuple[str, str]]
) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        read_patch(patch_of(patch), ThingShape)

    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == faults


@pytest.mark.parametrize(
    ("patch", "pointer"),
    (
        ({"status": "issued"}, "/status"),
        ({"status": None}, "/status"),
        ({"id": "po_1"}, "/id"),
        ({"place": {"planet": None}}, "/place/planet"),
        ({"a/b": 1}, "/a~1b"),
    ),
)
def test_patch_of_a_field_that_is_not_there_is_refused(patch: Any, pointer: str) -> None:
    for read in (
        lambda: read_patch(patch_of(patch), ThingShape),
        lambda: read_merged(patch_of(patch), ThingShape, {"name": "Desk"}),
    ):
        with pytest.raises(UnknownFieldError) as refused:
            read()
        assert [fault.pointer for fault in refused.value.errors] == [pointer]


@pytest.mark.parametrize("value", ("NO93", None))
def test_patch_of_a_hidden_field_is_refused(value: str | None) -> None:
    with pytest.raises(ClaimNotPermittedError) as refused:
        read_patch(patch_of({"iban": value}), ThingShape, hidden={"iban": "banking"})

    assert refused.value.extra == {"claim_groups": ["banking"]}


def test_patch_that_is_no_object_is_refused() -> None:
    with pytest.raises(MalformedRequestError):
        read_patch(patch_of([1]), ThingShape)


SHOWN = {
    "id": "thg_1",
    "name": "Desk",
    "note": "old",
    "due": "2026-12-01",
    "items": [{"line_no": 1, "uom": "EA", "net": "5.00"}],
    "place": {"city": "Oslo", "country": "NO", "distance": 3},
    "status": "draft",
}


@conforms("RFC 7396", "2", "What a patch does not name stays; null removes.")
def test_merged_keeps_what_the_patch_does_not_name() -> None:
    merged = read_merged(patch_of({"note": None, "place": {"city": "Bergen"}}), ThingShape, SHOWN)

    assert merged == {
        "name": "Desk",
        "due": ThingShape().fields["due"].run_validation("2026-12-01"),
        "days": 30,
        "items": [{"line_no": 1, "uom": "EA"}],
        "place": {"city": "Bergen", "country": "NO"},
    }


def test_merged_that_lacks_what_is_required_is_refused() -> None:
    with pytest.raises(ValidationFailedError) as refused:
        read_merged(patch_of({"name": None}), ThingShape, SHOWN)

    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [
        ("/name", "required")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "media", "status"),
    (
        ("PATCH", "application/merge-patch+json", 200),
        ("PATCH", "application/json", 200),
        ("PATCH", "application/json-patch+json", 415),
        ("PATCH", "text/plain", 415),
        ("POST", "application/merge-patch+json", 415),
    ),
)
def test_merge_patches_are_for_patch_alone(
    world: World, method: str, media: str, status: int
) -> None:
    erp, order = buyer_caller(world), drafted(world)
    path = f"{ORDERS}/{order.public_id}" if method == "PATCH" else ORDERS
    seen = entity_tag(order.public_id, 1)
    headers = {**erp.credentials(method, path), "If-Match": seen, "Idempotency-Key": "k"}

    answer = Browser().generic(method, path, b'{"note": "new"}', media, headers=headers)

    assert answer.status_code == status
    order.refresh_from_db()
    assert order.note == ("new" if status == 200 else "")
