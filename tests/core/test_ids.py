"""Public ids: opaque, prefixed, sorted by time."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.ids import decode_id, encode_id, new_id


@given(st.uuids())
def test_id_survives_the_way_out_and_back(value: uuid.UUID) -> None:
    assert decode_id("po", encode_id("po", value)) == value


@given(st.lists(st.uuids(), min_size=2))
def test_public_ids_sort_as_the_uuids_do(values: list[uuid.UUID]) -> None:
    assert sorted(encode_id("po", value) for value in values) == [
        encode_id("po", value) for value in sorted(values)
    ]


def test_ids_made_one_after_the_other_sort_so() -> None:
    made = [new_id() for _ in range(3)]

    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {uuid.RFC_4122}
    assert [one.int >> 64 for one in made] == sorted(one.int >> 64 for one in made)


@pytest.mark.parametrize(
    "text",
    (
        "",
        "po",
        "po_",
        "prj_01M7X87M7VFWNAT3MRMKY0TSW5",
        "po_01M7X87M7VFWNAT3MRMKY0TSW",
        "po_01m7x87m7vfwnat3mrmky0tsw5",
        "po_01M7X87M7VFWNAT3MRMKY0TSWU",
        "po_ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "po_01M7X87M7VFWNAT3MRMKY0TSW\x00",
    ),
)
def test_text_that_is_no_id_of_this_kind_is_none(text: str) -> None:
    assert decode_id("po", text) is None
