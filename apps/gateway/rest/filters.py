"""Kinds of filters: what a list's query may ask of a column, and how its text is read.

A kind names an ORM path that leads to one value; a path to many would repeat rows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from apps.core.actor import Actor
from apps.core.ids import decode_id
from apps.gateway.rest.fields import DAY, INSTANT
from apps.gateway.rest.parameters import Parameter, Schema

MAX_ITEMS = 100
MAX_TEXT = 500
DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
WHOLE = re.compile(r"-?[0-9]{1,18}")
BOOLEANS = {"true": True, "false": False}

EQUAL = ("eq", "ne", "in")
ORDERED = (*EQUAL, "gt", "gte", "lt", "lte")
WORDED = (*EQUAL, "contains", "starts_with")
LOOKUPS = {"eq": "exact", "ne": "exact", "contains": "icontains", "starts_with": "istartswith"}
MEANINGS = {
    "eq": "Is the value.",
    "ne": "Is not the value, or has none.",
    "in": "Is one of the values.",
    "gt": "Is greater.",
    "gte": "Is greater or the same.",
    "lt": "Is less.",
    "lte": "Is less or the same.",
    "contains": "Has the text somewhere, whatever the case.",
    "starts_with": "Begins with the text, whatever the case.",
    "is_null": "Has no value, or has one.",
}
Gate = Callable[[Actor], QuerySet[Any]]


@dataclass(frozen=True)
class Filter:
    """A column that a list is narrowed by. ``read`` makes a value of one text, or raises
    ValueError with a sentence for the caller. Who may not see ``claim_group`` may not filter by
    it, for the answer would tell what is hidden. ``gate`` is for ids: what of their kind a
    vendor may know of, so that naming another's is noticed.
    """

    path: str
    read: Callable[[str], Any]
    operators: tuple[str, ...]
    schema: Schema
    claim_group: str = ""
    gate: Gate | None = None

    def condition(self, operator: str, given: str) -> Q:
        """Raises ValueError. `ne` finds rows without a value too."""
        if operator == "is_null":
            return Q(**{f"{self.path}__isnull": _read_boolean(given)})
        if operator == "in":
            return Q(**{f"{self.path}__in": [self.read(item) for item in _items(given)]})
        found = Q(**{f"{self.path}__{LOOKUPS.get(operator, operator)}": self.read(given)})
        return ~found if operator == "ne" else found

    def wanted(self, operator: str, given: str) -> list[Any]:
        """The values of which a row must have one, of a condition that was read before."""
        if operator not in {"eq", "in"}:
            return []
        return [self.read(item) for item in (_items(given) if operator == "in" else [given])]

    def parameter(self, operator: str) -> Parameter:
        """The operator as the API's description tells of it."""
        special: dict[str, Schema] = {
            "is_null": {"type": "boolean"},
            "in": {"type": "array", "items": self.schema, "maxItems": MAX_ITEMS},
        }
        return Parameter(MEANINGS[operator], special.get(operator, self.schema))


def _filter(
    path: str,
    read: Callable[[str], Any],
    operators: tuple[str, ...],
    schema: Schema,
    nullable: bool,  # noqa: FBT001 -- as above
    claim_group: str,
) -> Filter:
    known = (*operators, "is_null") if nullable else operators
    return Filter(path, read, known, schema, claim_group)


def choice(
    path: str, values: Iterable[str], *, nullable: bool = False, claim_group: str = ""
) -> Filter:
    """One of a list of words."""
    known = tuple(values)

    def read(given: str) -> str:
        if given not in known:
            raise ValueError(f"takes {', '.join(known)}")
        return given

    schema = {"type": "string", "enum": list(known)}
    return _filter(path, read, EQUAL, schema, nullable, claim_group)


def public_id(
    path: str, prefix: str, *, nullable: bool = False, gate: Gate | None = None
) -> Filter:
    """A public id of one kind of resource, such as `po_…`, and the gate to that kind, unless there
    is none.
    """

    def read(given: str) -> Any:  # noqa: ANN401 -- a UUID, as the column has it
        if (found := decode_id(prefix, given)) is None:
            raise ValueError(f"takes ids such as {prefix}_…")
        return found

    schema = {"type": "string", "pattern": f"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$"}
    return replace(_filter(path, read, EQUAL, schema, nullable, ""), gate=gate)


def text(path: str, *, nullable: bool = False, claim_group: str = "") -> Filter:
    """Any text. `contains` and `starts_with` take no notice of case; the rest does."""

    def read(given: str) -> str:
        if len(given) > MAX_TEXT:
            raise ValueError(f"takes at most {MAX_TEXT} characters")
        return given

    schema = {"type": "string", "maxLength": MAX_TEXT}
    return _filter(path, read, WORDED, schema, nullable, claim_group)


def instant(path: str, *, nullable: bool = False, claim_group: str = "") -> Filter:
    """A point in time by RFC 3339, with its offset."""
    schema = {"type": "string", "format": "date-time"}
    return _filter(path, _read_instant, ORDERED, schema, nullable, claim_group)


def day(path: str, *, nullable: bool = False, claim_group: str = "") -> Filter:
    """A calendar day."""
    schema = {"type": "string", "format": "date"}
    return _filter(path, _read_day, ORDERED, schema, nullable, claim_group)


def decimal(path: str, *, nullable: bool = False, claim_group: str = "") -> Filter:
    """An amount or a quantity."""
    schema = {"type": "string", "pattern": f"^{DECIMAL.pattern}$"}
    return _filter(path, _read_decimal, ORDERED, schema, nullable, claim_group)


def number(path: str, *, nullable: bool = False, claim_group: str = "") -> Filter:
    """A whole number."""
    schema = {"type": "integer"}
    return _filter(path, _read_number, ORDERED, schema, nullable, claim_group)


def boolean(path: str, *, nullable: bool = False, claim_group: str = "") -> Filter:
    return _filter(path, _read_boolean, ("eq",), {"type": "boolean"}, nullable, claim_group)


def _items(given: str) -> list[str]:
    found = given.split(",")
    if len(found) > MAX_ITEMS:
        raise ValueError(f"takes at most {MAX_ITEMS} values")
    return found


def _read_boolean(given: str) -> bool:
    if given not in BOOLEANS:
        raise ValueError("takes true or false")
    return BOOLEANS[given]


def _read_instant(given: str) -> datetime:
    fault = "takes times such as 2026-12-01T09:00:00Z; write + as %2B"
    if not INSTANT.fullmatch(given):
        raise ValueError(fault)
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError) as error:  # No such day, or before the year 1 in UTC.
        raise ValueError(fault) from error


def _read_day(given: str) -> date:
    fault = "takes days such as 2026-12-01"
    if not DAY.fullmatch(given):
        raise ValueError(fault)
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise ValueError(fault) from error


def _read_decimal(given: str) -> Decimal:
    if not DECIMAL.fullmatch(given):
        raise ValueError("takes decimals such as 1234.50, with at most 15 digits and 6 decimals")
    return Decimal(given)


def _read_number(given: str) -> int:
    if not WHOLE.fullmatch(given):
        raise ValueError("takes whole numbers of at most 18 digits")
    return int(given)
