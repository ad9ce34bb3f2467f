"""Whether authorization details lie within others (RFC 9396 section 6)."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.oauth.policy.details import SCOPE_OF_ACTION, Detail


def completed(asked: Sequence[Detail], granted: Sequence[Detail]) -> list[Detail]:
    """What is asked of a grant again, where nothing is said of a member as it was granted: a short
    entry is the whole one. What only the server sets is never what was sent.
    """
    return [_completed(entry, granted) for entry in asked]


def _completed(entry: Detail, granted: Sequence[Detail]) -> Detail:
    own = {name: value for name, value in entry.items() if name != "policy_version"}
    same = (one for one in granted if one["identifier"] == entry["identifier"])
    outer = next(same, {})
    limits = {**outer.get("limits", {}), **own.get("limits", {})}
    return {**outer, **own, **({"limits": limits} if limits else {})}


def with_actions_of(details: Sequence[Detail], *, scopes: Collection[str]) -> list[Detail]:
    """Without the actions that no scope allows any more; what is left may be none."""
    return [
        {**one, "actions": [name for name in one["actions"] if SCOPE_OF_ACTION[name] in scopes]}
        for one in details
    ]


def first_beyond(asked: Sequence[Detail], granted: Sequence[Detail]) -> str:
    """Where the first member stands that goes beyond what was granted, such as
    `[0].limits.per_order`; empty where none does. A project has at most one entry on each side.
    """
    for place, inner in enumerate(asked):
        outer = next((one for one in granted if _is_about_the_same(inner, one)), None)
        member = "identifier" if outer is None else _member_beyond(inner, outer)
        if member:
            return f"[{place}].{member}"
    return ""


def _is_about_the_same(inner: Detail, outer: Detail) -> bool:
    return all(inner[name] == outer[name] for name in ("type", "identifier"))


def _member_beyond(inner: Detail, outer: Detail) -> str:
    for name, is_within in _WITHIN.items():
        if name in outer and not (name in inner and is_within(inner[name], outer[name])):
            limit = _limit_beyond(inner.get(name, {}), outer[name]) if name == "limits" else ""
            return f"{name}.{limit}" if limit else name
    return ""


def _is_subset(inner: list[str], outer: list[str]) -> bool:
    return set(inner) <= set(outer)


def _is_covered(inner: list[str], outer: list[str]) -> bool:
    """A UNSPSC code covers every code that begins with it."""
    return all(code.startswith(tuple(outer)) for code in inner)


def _limits_hold(inner: Detail, outer: Detail) -> bool:
    """Every limit is kept or lowered."""
    return not _limit_beyond(inner, outer)


def _limit_beyond(inner: Detail, outer: Detail) -> str:
    """The first that is not. Periods of different lengths are not compared: which of them is
    stricter depends on when the money is spent.
    """
    return next(
        (
            name
            for name, limit in outer.items()
            if not (
                name in inner
                and inner[name]["currency"] == limit["currency"]
                and inner[name].get("days") == limit.get("days")
                and Decimal(inner[name]["amount"]) <= Decimal(limit["amount"])
            )
        ),
        "",
    )


def _is_not_later(inner: str, outer: str) -> bool:
    return datetime.fromisoformat(inner) <= datetime.fromisoformat(outer)


_WITHIN: dict[str, Callable[[Any, Any], bool]] = {
    "locations": _is_subset,
    "actions": _is_subset,
    "datatypes": _is_subset,
    "vendors": _is_subset,
    "categories": _is_covered,
    "limits": _limits_hold,
    "valid_until": _is_not_later,
}
