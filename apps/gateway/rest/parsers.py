"""Reads JSON bodies strictly: what is ambiguous or cannot be stored is refused here."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.parsers import BaseParser

from apps.gateway.errors import ContentTooLargeError, MalformedRequestError

NUL = "\x00"
MOST_SHOWN = 40


class StrictJSONParser(BaseParser):
    """JSON in UTF-8 (RFC 8259) as I-JSON has it (RFC 7493): no name twice in an object, no
    numbers beyond a double, no lone surrogates. No NUL either, which PostgreSQL does not store.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        _media_type: str | None = None,
        _parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 -- any JSON value
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise ContentTooLargeError(f"A body has at most {limit} bytes.")
        try:
            return _parse(raw)
        except ValueError as error:
            raise MalformedRequestError(f"The body is not valid JSON: {_told(error)}.") from error
        except RecursionError as error:
            raise MalformedRequestError("The body is nested too deeply.") from error


class NotJSONError(ValueError):
    """What is wrong, in words for the caller."""


def _told(error: ValueError) -> str:
    """Python's other words are for its programmers."""
    if isinstance(error, NotJSONError | json.JSONDecodeError):
        return str(error)
    if isinstance(error, UnicodeError):
        return "it is not UTF-8, or a string holds half a character"
    return "a number has too many digits"


class MergePatchParser(StrictJSONParser):
    """Changes to a resource (RFC 7396 section 4)."""

    media_type = "application/merge-patch+json"


def _parse(raw: bytes) -> Any:  # noqa: ANN401 -- any JSON value
    value = json.loads(
        raw.decode("utf-8"),
        object_pairs_hook=_object,
        parse_constant=_refuse_constant,
        parse_float=_finite,
    )
    if b"\\u" in raw:  # Only escapes can spell what the encoding itself rules out.
        _refuse_unstorable(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJSONError("a name stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise NotJSONError(f"{name} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJSONError(f"{text[:MOST_SHOWN]} is out of range")
    return value


def _refuse_unstorable(value: object) -> None:
    if isinstance(value, str):
        if NUL in value:
            raise NotJSONError("a string holds the character NUL")
        value.encode("utf-8")  # A lone surrogate raises UnicodeEncodeError, a ValueError.
    elif isinstance(value, dict):
        for name, inner in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)
