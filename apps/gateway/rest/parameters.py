"""Query parameters as the API's description tells of them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}


class Parameter(NamedTuple):
    """A query parameter: a sentence on it, and the JSON schema of what it takes."""

    meaning: str
    schema: Schema = TEXT


def names_of(known: Iterable[str]) -> Schema:
    """One or more of these, with commas between them."""
    return {"type": "array", "items": {"type": "string", "enum": list(known)}, "minItems": 1}
