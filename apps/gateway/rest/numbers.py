"""Whole numbers in addresses and queries."""

from rest_framework.request import Request

from apps.gateway.errors import MalformedRequestError

MOST_DIGITS = 18  # What the database takes, whatever the column.


def read_whole(text: str) -> int | None:
    """The number, or None when the text is none."""
    fits = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if fits else None


def whole_number(request: Request, name: str) -> int | None:
    """The query's value; None when it is not there. Raises MalformedRequestError."""
    given = request.query_params.get(name)
    if given is None:
        return None
    found = read_whole(given)
    if found is None:
        raise MalformedRequestError(f"{name} must be a whole number.")
    return found
