"""How much one body may hold."""

import pytest

from apps.core.errors import ValidationFailedError
from apps.gateway.rest import StrictSerializer, Text, many_of
from apps.gateway.rest.bodies import MOST_PARTS, parts_in, read_shape


class Part(StrictSerializer):
    name = Text()


class Whole(StrictSerializer):
    parts = many_of(Part)


def test_parts_are_the_items_of_all_lists_also_of_those_in_lists() -> None:
    body = {"lines": [{"lots": ["a", "b"]}, {"lots": []}], "note": "x", "terms": {"days": [1]}}

    assert parts_in(body) == 5


def test_body_with_as_many_parts_as_may_be_is_read() -> None:
    body = {"parts": [{"name": "a"}] * MOST_PARTS}

    assert len(read_shape(Whole, body)["parts"]) == MOST_PARTS


def test_body_with_too_many_parts_is_refused_before_they_are_looked_at() -> None:
    body = {"parts": [{"name": 7}] * (MOST_PARTS + 1)}

    with pytest.raises(ValidationFailedError) as refused:
        read_shape(Whole, body)

    assert [(one.pointer, one.code) for one in refused.value.errors] == [("", "too-many-parts")]
