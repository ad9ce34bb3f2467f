"""Who sees what of a partner's record (reference 3a, 3b): a group is shown if the token has its
scope and the role's rule allows it. Any missing leg hides it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.errors import FieldError
from apps.partners.models import VENDOR_ROLES
from apps.partners.states import GROUP_FIELDS, ClaimGroup

GROUP_SCOPES: dict[str, str] = {
    ClaimGroup.PROFILE: "vendors:read",
    ClaimGroup.CONTACTS: "vendors.contacts:read",
    ClaimGroup.ADDRESS: "vendors.address:read",
    ClaimGroup.TAX: "vendors.tax:read",
    ClaimGroup.BANKING: "vendors.banking:read",
    ClaimGroup.BANKING_FULL: "vendors.banking.full:read",
    ClaimGroup.INTERNAL: "vendors.risk:read",
}
# Every read of these is an event (spec 4 no. 3).
RESTRICTED_GROUPS = frozenset({ClaimGroup.BANKING, ClaimGroup.BANKING_FULL, ClaimGroup.INTERNAL})
# Never for the vendor's side, whatever a rule or a scope says (reference 3a: buyer only).
BUYER_ONLY = frozenset({ClaimGroup.BANKING_FULL, ClaimGroup.INTERNAL})

# A role's rules: the fields by group, an empty list meaning all of them.
Rules = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Claims:
    """The fields that may be shown, by group; a group that is not there is hidden."""

    shown: Mapping[str, frozenset[str]]

    def sees(self, group: str) -> bool:
        return group in self.shown

    def fields(self, group: str) -> frozenset[str]:
        return self.shown.get(group, frozenset())

    @property
    def names(self) -> frozenset[str]:
        """`group.field` of all that may be shown, and so be filtered and sorted by."""
        return frozenset(f"{group}.{name}" for group, shown in self.shown.items() for name in shown)

    def hidden(self, groups: Collection[str]) -> list[str]:
        """Those of the groups, and `group.field` of those shown in part, that are left out."""
        found: list[str] = []
        for group in groups:
            if not self.sees(group):
                found.append(str(group))
                continue
            left = set(GROUP_FIELDS[group]) - self.shown[group]
            found += sorted(f"{group}.{name}" for name in left)
        return found


def decide_claims(*, scopes: Collection[str], rules: Rules, buyer_side: bool) -> Claims:
    """Reference 3b: effective right = the token's scope and the role's rule, per group."""
    by_role = claims_of_role(rules, buyer_side=buyer_side)
    return Claims(
        {group: names for group, names in by_role.shown.items() if GROUP_SCOPES[group] in scopes}
    )


def within_datatypes(claims: Claims, details: Sequence[Mapping[str, Any]]) -> Claims:
    """What is left where the token's authorization details name the kinds of data they are for
    (RFC 9396 section 2.2): what any of them names. One that names none is for all; a name that a
    token cannot ask for, such as what the buyer thinks of a company, is not meant by any.
    """
    named = [entry.get("datatypes") for entry in details]
    if not details or None in named:
        return claims
    groups = {group for groups in named for group in groups or ()}
    if ClaimGroup.BANKING in groups:
        groups.add(ClaimGroup.BANKING_FULL)  # Its own scope tells the two apart.
    return Claims({group: shown for group, shown in claims.shown.items() if group in groups})


def claims_of_role(rules: Rules, *, buyer_side: bool) -> Claims:
    """What the role alone allows: for staff, who act without scopes, and for writes, whose own
    scope was asked for already.
    """
    open_to = {group: names for group, names in rules.items() if group in GROUP_FIELDS}
    return Claims(
        {
            group: frozenset(names or GROUP_FIELDS[group])
            for group, names in open_to.items()
            if buyer_side or group not in BUYER_ONLY
        }
    )


def rule_faults(*, role: str, rules: Rules) -> list[FieldError]:
    """Why a role cannot have these rules."""
    faults = []
    for group, names in rules.items():
        if group not in GROUP_FIELDS:
            detail = "There is no such group."
        elif role in VENDOR_ROLES and group in BUYER_ONLY:
            detail = f"{group} is never shown to a vendor."
        elif unknown := sorted(set(names) - set(GROUP_FIELDS[group])):
            detail = f"{group} has no {', '.join(unknown)}."
        else:
            continue
        faults.append(FieldError(f"/{group}", "invalid", detail))
    return faults
