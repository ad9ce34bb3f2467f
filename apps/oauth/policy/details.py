"""Authorization details (RFC 9396) of the one type there is: purchasing in a project, with limits.

An entry restricts; entries, scopes, roles and the buyer's policies combine by intersection. What
an entry does not say is not restricted by it, so leaving something out is wider, never narrower.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NoReturn

from apps.core.ids import decode_id
from apps.core.money import UnknownCurrencyError, minor_units, written
from apps.oauth.keys import api_audience
from apps.oauth.scopes import restricted
from apps.projects.policy.codes import CODE

Detail = dict[str, Any]
Check = Callable[[Any, str], None]

TYPE = "procurement_purchasing"
TYPES_SUPPORTED = (TYPE,)
MOST_BYTES = 8 * 1024
MOST_GRANTED_BYTES = 10 * 1024
MOST_ENTRIES = 10
MOST_ITEMS = 50
MOST_TOLD_ITEMS = 2000  # More do not fit into what is granted.
MOST_DAYS = 366
# What may be done to a purchase order, and the scope that allows it; reading needs no entry.
SCOPE_OF_ACTION = {
    "create": "purchase_orders:create",
    "submit": "purchase_orders:create",
    "approve": "purchase_orders:approve",
    "issue": "purchase_orders:issue",
    "cancel": "purchase_orders:cancel",
    "hold": "purchase_orders:hold",
    "change": "purchase_orders:change",
    "acknowledge": "purchase_orders:acknowledge",
}
# Claim groups of a company, as a person reads them.
DATATYPES = {
    "profile": "profile",
    "contacts": "contact persons",
    "address": "addresses",
    "tax": "tax registrations",
    "banking": "bank accounts",
}
LIMITS = {"per_order": "for one order", "per_period": "within", "total": "altogether"}

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.([0-9]{1,4}))?")
_CATEGORY = re.compile(r"(?:[0-9]{2}){1,4}")
_MOMENT = re.compile(
    r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_SHOWABLE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class DetailsError(ValueError):
    """The details cannot be granted as written (`invalid_authorization_details`, RFC 9396
    section 5). The message may be shown: it holds nothing that RFC 6749 section 5.2 keeps out of
    an `error_description`, and of the client's own text only names of fields.
    """


def read_details(text: str, *, sent_back: bool = False) -> list[Detail]:
    """The entries of an `authorization_details` parameter (RFC 9396 section 2), all of them known
    in every member. What is ``sent_back`` may have what the server had set, which nobody could
    ask for: an empty list, a limit of nothing, a code of the buyer's own. Raises DetailsError.
    """
    most = MOST_GRANTED_BYTES if sent_back else MOST_BYTES
    if len(text.encode(errors="replace")) > most:
        _refuse("", f"is larger than {most} bytes")
    entries = _parse(text)
    if not isinstance(entries, list) or not entries:
        _refuse("", "must be a JSON array of at least one object")
    if len(entries) > MOST_ENTRIES:
        _refuse("", f"has more than {MOST_ENTRIES} entries")
    known = _SENT_BACK if sent_back else _CHECKS
    for place, entry in enumerate(entries):
        _check_entry(entry, f"[{place}]", known)
    # Two entries with a limit each would be a way to twice the limit.
    if len(named_projects(entries)) < len(entries):
        _refuse("", "names a project twice; write one entry for each project")
    return entries


def _refuse(path: str, problem: str) -> NoReturn:
    raise DetailsError(f"authorization_details{path} {problem}.")


def _parse(text: str) -> Any:  # noqa: ANN401 -- any JSON value
    """JSON without repeated names and without fractions, which no member of ours has."""
    try:
        return json.loads(
            text, object_pairs_hook=_each_once, parse_float=_no_float, parse_constant=_no_float
        )
    except DetailsError:
        raise
    except (ValueError, RecursionError) as error:
        raise DetailsError("authorization_details is not valid JSON.") from error


def _each_once(pairs: list[tuple[str, Any]]) -> Detail:
    if len(dict(pairs)) < len(pairs):
        _refuse("", "names a member of an object twice")
    return dict(pairs)


def _no_float(_text: str) -> NoReturn:
    _refuse("", "holds a number that is not whole; amounts are strings")


def _check_entry(entry: object, path: str, known: Mapping[str, Check]) -> None:
    if not isinstance(entry, dict):
        _refuse(path, "must be an object")
    if entry.get("type") != TYPE:
        _refuse(f"{path}.type", f"must be {TYPE}")
    if "identifier" not in entry:
        _refuse(f"{path}.identifier", "is missing: the public id of a project")
    _check_members(entry, path, known)


def _check_members(given: Mapping[str, Any], path: str, known: Mapping[str, Check]) -> None:
    """Every member is known and is what it must be (RFC 9396 section 5)."""
    for name, value in given.items():
        check = known.get(name)
        if check is None:
            shown = name if _SHOWABLE.fullmatch(name) else "with an unreadable name"
            _refuse(path, f"has an unknown member {shown}")
        check(value, f"{path}.{name}")


def _one_of(known: Collection[str]) -> Check:
    def check(value: object, path: str) -> None:
        if not isinstance(value, str) or value not in known:
            _refuse(path, f"must be one of {', '.join(known)}")

    return check


def _list_of(check_item: Check, *, least: int = 1, most: int = MOST_ITEMS) -> Check:
    def check(value: object, path: str) -> None:
        if not isinstance(value, list) or not least <= len(value) <= most:
            _refuse(path, f"must be a list of {least} to {most} strings")
        for place, item in enumerate(value):
            check_item(item, f"{path}[{place}]")
        if len(set(value)) < len(value):
            _refuse(path, "names something twice")

    return check


def _public_id(prefix: str, what: str) -> Check:
    def check(value: object, path: str) -> None:
        if not isinstance(value, str) or decode_id(prefix, value) is None:
            _refuse(path, f"must be the public id of a {what}, such as {prefix}_01J8...")

    return check


def _check_location(value: object, path: str) -> None:
    if value != api_audience():
        _refuse(path, f"must be {api_audience()}")


def _refuse_member(_value: object, path: str) -> None:
    _refuse(path, "is set by this server only")


def _check_version(value: object, path: str) -> None:
    if type(value) is not int or value < 1:
        _refuse(path, "must be a whole number above 0")


def _check_category(value: object, path: str) -> None:
    if not isinstance(value, str) or not _CATEGORY.fullmatch(value):
        _refuse(path, "must be a UNSPSC code of 2, 4, 6 or 8 digits in a string")


def _check_code(value: object, path: str) -> None:
    if not isinstance(value, str) or not CODE.fullmatch(value):
        _refuse(path, "must be a category's code in a string")


def _limits(*, may_be_nothing: bool = False) -> Check:
    kinds = {name: "days" if name == "per_period" else "" for name in LIMITS}
    checks = {name: _limit(more, may_be_nothing=may_be_nothing) for name, more in kinds.items()}

    def check(value: object, path: str) -> None:
        if not isinstance(value, dict) or not value:
            _refuse(path, f"must be an object with some of {', '.join(LIMITS)}")
        _check_members(value, path, checks)

    return check


def _limit(further: str, *, may_be_nothing: bool) -> Check:
    names = [name for name in ("amount", "currency", further) if name]

    def check(value: object, path: str) -> None:
        if not isinstance(value, dict) or set(value) != set(names):
            _refuse(path, f"must be an object with exactly {', '.join(names)}")
        _check_money(value["amount"], value["currency"], path, may_be_nothing=may_be_nothing)
        if further and (type(value[further]) is not int or not 1 <= value[further] <= MOST_DAYS):
            _refuse(f"{path}.{further}", f"must be a whole number from 1 to {MOST_DAYS}")

    return check


def _check_money(amount: object, currency: object, path: str, *, may_be_nothing: bool) -> None:
    places = _places(currency, path)
    found = _AMOUNT.fullmatch(amount) if isinstance(amount, str) else None
    if found is None or not (may_be_nothing or Decimal(found[0])):
        _refuse(f"{path}.amount", "must be a plain decimal above 0 in a string, such as 5000.00")
    if len(found[1] or "") > places:
        _refuse(f"{path}.amount", f"has more than the {places} decimals of its currency")


def _places(currency: object, path: str) -> int:
    try:
        if isinstance(currency, str):
            return minor_units(currency)
    except UnknownCurrencyError:
        pass
    _refuse(f"{path}.currency", "must be an ISO 4217 currency code such as EUR")


def _check_moment(value: object, path: str) -> None:
    try:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            datetime.fromisoformat(value)
            return
    except ValueError:
        pass
    _refuse(path, "must be an RFC 3339 time with its offset, such as 2026-12-18T16:00:00Z")


_CHECKS: dict[str, Check] = {
    "type": _one_of(TYPES_SUPPORTED),
    "locations": _list_of(_check_location),
    "actions": _list_of(_one_of(SCOPE_OF_ACTION)),
    "identifier": _public_id("prj", "project"),
    "datatypes": _list_of(_one_of(DATATYPES)),
    "vendors": _list_of(_public_id("ptr", "partner")),
    "categories": _list_of(_check_category),
    "limits": _limits(),
    "valid_until": _check_moment,
    "policy_version": _refuse_member,
}
_SENT_BACK: dict[str, Check] = {
    **_CHECKS,
    "actions": _list_of(_one_of(SCOPE_OF_ACTION), least=0),
    "vendors": _list_of(_public_id("ptr", "partner"), most=MOST_TOLD_ITEMS),
    "categories": _list_of(_check_code, most=MOST_TOLD_ITEMS),
    "limits": _limits(may_be_nothing=True),
    "policy_version": _check_version,
}


def named_projects(details: Sequence[Detail]) -> list[str]:
    """The public ids of the projects that the entries are about, each once."""
    return list(dict.fromkeys(entry["identifier"] for entry in details))


def explicit(details: Sequence[Detail], *, scopes: Collection[str]) -> list[Detail]:
    """The entries explicit about where they hold and what may be done: what the scopes allow,
    unless the entry says it.
    """
    allowed = _allowed_by(scopes)
    return [{"locations": [api_audience()], "actions": allowed, **entry} for entry in details]


def enrich(details: Sequence[Detail], *, scopes: Collection[str]) -> list[Detail]:
    """The entries as they are stored and shown (RFC 9396 section 7.1): explicit, and of the actions
    they name only those that the scopes allow, which a person's role may have narrowed. Raises
    DetailsError where that leaves none of an entry's.
    """
    allowed = _allowed_by(scopes)
    for place, entry in enumerate(details):
        if entry.get("actions") and not set(entry["actions"]) & set(allowed):
            _refuse(f"[{place}].actions", "names nothing that the granted scopes allow")
    return [
        {**entry, "actions": [one for one in entry["actions"] if one in allowed]}
        for entry in explicit(details, scopes=scopes)
    ]


def require_allowed(details: Sequence[Detail], *, scopes: Collection[str]) -> None:
    """Every action that is named is one that the scopes allow. Raises DetailsError."""
    allowed = _allowed_by(scopes)
    for place, entry in enumerate(details):
        for action in entry.get("actions", ()):
            if action not in allowed:
                _refuse(f"[{place}].actions", f"names {action}, which no granted scope allows")


def key_actions(details: Sequence[Detail]) -> list[str]:
    """Those of the entries that only a token bound to a key carries: of the restricted tier."""
    named = {action for entry in details for action in entry.get("actions", ())}
    return [one for one, scope in SCOPE_OF_ACTION.items() if one in named and restricted([scope])]


def _allowed_by(scopes: Collection[str]) -> list[str]:
    return [action for action, scope in SCOPE_OF_ACTION.items() if scope in scopes]


def in_words(detail: Detail, *, names: Mapping[str, str] | None = None) -> list[str]:
    """What an entry means, line by line, for the person who is asked to agree. ``names`` are those
    of projects and partners by public id.
    """
    known = names or {}
    project = known.get(detail["identifier"], detail["identifier"])
    lines = [f"Only in the project {project}."]
    if "actions" in detail:
        done = _enumerate(detail["actions"])
        lines.append(f"May {done} purchase orders." if done else "Changes no purchase orders.")
    if "datatypes" in detail:
        shown = _enumerate([DATATYPES[name] for name in detail["datatypes"]])
        lines.append(f"Of a company, uses only: {shown}.")
    if "vendors" in detail:
        lines.append(f"Buys only from {_enumerate([known.get(v, v) for v in detail['vendors']])}.")
    if "categories" in detail:
        lines.append(f"Buys only in the UNSPSC categories {_enumerate(detail['categories'])}.")
    lines.extend(_limit_in_words(name, limit) for name, limit in detail.get("limits", {}).items())
    if "policy_version" in detail:
        lines.append(f"By the purchasing policies up to version {detail['policy_version']}.")
    if "valid_until" in detail:
        until = datetime.fromisoformat(detail["valid_until"]).astimezone(UTC)
        lines.append(f"Until {until:%-d %b %Y, %H:%M} UTC.")
    return lines


def _limit_in_words(name: str, limit: Detail) -> str:
    amount = written(Decimal(limit["amount"]), limit["currency"])
    days = limit.get("days")
    span = f" {days} {'day' if days == 1 else 'days'}" if days else ""
    return f"Spends at most {amount} {LIMITS[name]}{span}."


def _enumerate(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    head, tail = items[:-1], items[-1:]
    return " and ".join([", ".join(head), *tail]) if head else "".join(tail)
