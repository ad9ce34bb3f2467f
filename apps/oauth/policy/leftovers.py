"""What becomes of entries of which the policies leave nothing, or that they make too large, and
when entries are over.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from apps.oauth.policy.details import MOST_GRANTED_BYTES, Detail, DetailsError

LISTS = ("vendors", "categories")
BUYING = frozenset({"create", "submit", "change"})


def require_something_left(details: Sequence[Detail], *, by_projects: Collection[int] = ()) -> None:
    """No entry is granted that would allow nothing. ``by_projects`` are the places of those of
    whose categories the project itself buys none. Raises DetailsError.
    """
    for place, entry in enumerate(details):
        for name in LISTS:
            if entry.get(name) == []:
                is_projects = name == "categories" and place in by_projects
                whose = "project buys" if is_projects else "purchasing policies allow"
                fault = f"names nothing that the {whose}."
                raise DetailsError(f"authorization_details[{place}].{name} {fault}")


def without_buying(entry: Detail, granted: Detail) -> Detail:
    """An entry of which the policies have left nothing since it was granted: it stays, for what is
    read and approved by it, and buys no more.
    """
    if all(entry.get(name) != [] for name in LISTS):
        return entry
    lists = {name: granted[name] for name in LISTS if name in granted}
    kept = {name: value for name, value in entry.items() if name not in LISTS}
    return {**kept, **lists, "actions": [one for one in entry["actions"] if one not in BUYING]}


def small_enough(details: list[Detail], asked: Sequence[Detail]) -> list[Detail]:
    """A token must fit into a header, so lists that nobody asked for are left unsaid if they make
    it too large. Raises DetailsError when the rest still does.
    """
    if _size(details) > MOST_GRANTED_BYTES:
        details = [
            {name: v for name, v in entry.items() if name not in LISTS or name in said}
            for entry, said in zip(details, asked, strict=True)
        ]
    if _size(details) > MOST_GRANTED_BYTES:
        raise DetailsError("authorization_details grow too large; name fewer projects.")
    return details


def _size(details: Sequence[Detail]) -> int:
    return len(json.dumps(details).encode())


def latest_until(details: Iterable[Detail]) -> datetime | None:
    """When the last of the entries is over; None where one has no end, or there is none."""
    ends = [entry.get("valid_until") for entry in details]
    if not ends or None in ends:
        return None
    return max(datetime.fromisoformat(str(end)) for end in ends)
