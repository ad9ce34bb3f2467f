"""The claim groups of a record. The API, userinfo and the token response show the same."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from apps.partners.formats.banking import account_body
from apps.partners.formats.values import written
from apps.partners.models import Part, Partner
from apps.partners.policy import Claims
from apps.partners.states import GROUP_FIELDS, ClaimGroup

Body = dict[str, Any]
# Full account numbers are never part of a record; they are asked for at the accounts.
SHOWN_GROUPS = tuple(group for group in ClaimGroup if group != ClaimGroup.BANKING_FULL)
# What tells that a group is in a body: any of these members.
MEMBERS: dict[str, tuple[str, ...]] = {
    ClaimGroup.PROFILE: GROUP_FIELDS[ClaimGroup.PROFILE],
    ClaimGroup.CONTACTS: ("contacts",),
    ClaimGroup.ADDRESS: ("addresses",),
    ClaimGroup.TAX: ("tax_registrations",),
    ClaimGroup.BANKING: ("bank_accounts",),
    ClaimGroup.INTERNAL: GROUP_FIELDS[ClaimGroup.INTERNAL],
}


def record_body(partner: Partner, claims: Claims, *, at: datetime) -> Body:
    """What is shown of the record, and in `_redacted` what is not."""
    found: Body = {}
    for group, write in _WRITERS.items():
        if claims.sees(group):
            found |= write(partner, claims.fields(group), at)
    hidden = claims.hidden(SHOWN_GROUPS)
    return {**found, "_redacted": hidden} if hidden else found


def shown_groups(bodies: Iterable[Mapping[str, Any]]) -> set[str]:
    """The groups of which something stands in the bodies."""
    members = {name for body in bodies for name in body}
    return {group for group, names in MEMBERS.items() if members.intersection(names)}


def part_body(part: Part, fields: Collection[str]) -> Body:
    """One of what hangs on a record, with those of its fields that may be shown."""
    names = [field.name for field in part._meta.fields if field.name in fields]  # noqa: SLF001 -- Django's documented name
    shown = {name: written(getattr(part, name)) for name in names}
    return {"id": part.public_id, "revision": part.revision, **shown}


def _columns(group: str) -> Callable[[Partner, frozenset[str], datetime], Body]:
    def write(partner: Partner, fields: frozenset[str], _at: datetime) -> Body:
        return {name: _column(partner, name) for name in GROUP_FIELDS[group] if name in fields}

    return write


def _column(partner: Partner, name: str) -> Any:  # noqa: ANN401 -- any column's value
    if name == "owner":
        return partner.owner.public_id if partner.owner else None
    return getattr(partner, name)


def _parts(member: str) -> Callable[[Partner, frozenset[str], datetime], Body]:
    def write(partner: Partner, fields: frozenset[str], _at: datetime) -> Body:
        return {member: [part_body(part, fields) for part in getattr(partner, member).all()]}

    return write


def _accounts(partner: Partner, fields: frozenset[str], at: datetime) -> Body:
    accounts = partner.bank_accounts.all()
    return {"bank_accounts": [account_body(account, fields, at=at) for account in accounts]}


_WRITERS: dict[str, Callable[[Partner, frozenset[str], datetime], Body]] = {
    ClaimGroup.PROFILE: _columns(ClaimGroup.PROFILE),
    ClaimGroup.INTERNAL: _columns(ClaimGroup.INTERNAL),
    ClaimGroup.CONTACTS: _parts("contacts"),
    ClaimGroup.ADDRESS: _parts("addresses"),
    ClaimGroup.TAX: _parts("tax_registrations"),
    ClaimGroup.BANKING: _accounts,
}
