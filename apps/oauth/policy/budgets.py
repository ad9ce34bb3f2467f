"""What purchasing policies leave of authorization details (RFC 9396 section 7.1).

A server may say more than it was asked, and less: an entry is narrowed to what the policies, the
project and the client's own words have in common. What an entry cannot express (currencies,
places, what is denied within what is allowed, a limit in another currency) stays with the policies,
which are asked at every order anyway.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.core.ids import encode_id
from apps.oauth.policy.details import MOST_ITEMS, Detail
from apps.oauth.policy.smallest_limits import smallest_limits
from apps.partners.models import Partner
from apps.projects.models import PolicyVersion
from apps.projects.policy import covers


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What an entry is narrowed to: its project's categories and end, and the policies in force
    for whoever asks, by version.
    """

    until: datetime
    categories: Sequence[str] = ()
    versions: Sequence[PolicyVersion] = ()


def budgeted(entry: Detail, bounds: Bounds) -> Detail:
    """The entry within the bounds. A list is empty where nothing is left of it."""
    members = {
        "vendors": _vendors(entry, bounds),
        "categories": _categories(entry, bounds),
        "limits": smallest_limits(entry.get("limits", {}), bounds.versions),
        "policy_version": _newest(entry, bounds),
        "valid_until": _until(entry, bounds),
    }
    return {**entry, **{name: value for name, value in members.items() if value is not None}}


def _vendors(entry: Detail, bounds: Bounds) -> list[str] | None:
    found: list[str] | None = entry.get("vendors")
    for version in bounds.versions:
        if version.vendors:
            named = [encode_id(Partner.id_prefix, one) for one in version.vendors]
            found = named if found is None else [one for one in found if one in named]
    return _showable(found, entry.get("vendors"))


def _categories(entry: Detail, bounds: Bounds) -> list[str] | None:
    """What is denied in part is left to the policies; what is denied whole is left out."""
    found: list[str] | None = entry.get("categories")
    allowed = [version.categories_allowed for version in bounds.versions]
    for codes in (bounds.categories, *allowed):
        if codes:
            found = list(codes) if found is None else common_codes(found, codes)
    if found is None:
        return None
    denied = [code for version in bounds.versions for code in version.categories_denied]
    kept = [code for code in found if not covers(denied, code)]
    return _showable(kept, entry.get("categories"))


def forbidden_by_project(entry: Detail, bounds: Bounds) -> bool:
    """Whether the project itself buys nothing of the categories that the entry names."""
    named = entry.get("categories")
    return bool(named and bounds.categories) and not common_codes(named or (), bounds.categories)


def common_codes(some: Iterable[str], others: Collection[str]) -> list[str]:
    """The codes for which both stand: a code stands for all that begin with it."""
    mine = list(some)
    inner = [code for code in mine if covers(others, code)]
    return list(dict.fromkeys([*inner, *(code for code in others if covers(mine, code))]))


def _showable(found: list[str] | None, asked: list[str] | None) -> list[str] | None:
    """A list too long to carry stays as the client wrote it, or unsaid; the policies hold."""
    return asked if found is not None and len(found) > MOST_ITEMS else found


def _newest(entry: Detail, bounds: Bounds) -> int | None:
    known = [version.version for version in bounds.versions]
    return max([*known, entry.get("policy_version", 0)]) or None


def _until(entry: Detail, bounds: Bounds) -> str:
    said: str | None = entry.get("valid_until")
    if said is not None and datetime.fromisoformat(said) <= bounds.until:
        return said
    return bounds.until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
