"""What refusals say: our words, never those of the machinery below."""

import io

import pytest

from apps.core.errors import ValidationFailedError
from apps.gateway.errors import MalformedRequestError
from apps.gateway.rest import Code, StrictSerializer
from apps.gateway.rest.bodies import read_shape
from apps.gateway.rest.parsers import StrictJSONParser


@pytest.mark.parametrize(
    ("body", "told"),
    (
        (b'{"n": ' + b"9" * 5000 + b"}", "a number has too many digits"),
        (b'{"n": 1e999}', "1e999 is out of range"),
        (b'{"n": ' + b"9" * 500 + b".5}", "9" * 40 + " is out of range"),
        (b'{"n": "\xff"}', "it is not UTF-8, or a string holds half a character"),
        (b'{"n": "\\ud800"}', "it is not UTF-8, or a string holds half a character"),
        (b'{"n": NaN}', "NaN is not a number"),
        (b'{"n": 1, "n": 2}', "a name stands twice in one object"),
        (b'{"n": "\\u0000"}', "a string holds the character NUL"),
        (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ),
)
def test_unreadable_body_is_explained_in_our_words(body: bytes, told: str) -> None:
    with pytest.raises(MalformedRequestError) as refused:
        StrictJSONParser().parse(io.BytesIO(body))

    assert refused.value.detail == f"The body is not valid JSON: {told}."


class Answer(StrictSerializer):
    response = Code(choices=(("AP", "accepted"), ("RE", "rejected")))


@pytest.mark.parametrize(("said", "shown"), (("ZZ", "ZZ"), ("{x}", "{x}"), (7, "7")))
def test_word_that_is_not_of_the_list_is_told_the_list(said: object, shown: str) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        read_shape(Answer, {"response": said})

    (fault,) = refused.value.errors
    assert (fault.pointer, fault.code) == ("/response", "invalid-choice")
    assert fault.detail == f'"{shown}" is none of AP, RE.'
