"""Which roles go with which kind of company, and what identifies one."""

from collections.abc import Sequence
from typing import Any

from apps.core.errors import FieldError
from apps.partners.models import VENDOR_ROLES, Partner, PartnerKind, Role

IDENTIFIER_MEMBERS = {"scheme", "id"}


def roles_of(kind: str) -> frozenset[Role]:
    """A vendor takes the vendor's roles, an integration partner the buyer's (spec 4 no. 1)."""
    return VENDOR_ROLES if kind == PartnerKind.VENDOR else frozenset(Role) - VENDOR_ROLES


def role_faults(role: str, *, kind: str) -> list[FieldError]:
    if role in roles_of(kind):
        return []
    allowed = ", ".join(sorted(roles_of(kind)))
    detail = f"{role!r} is not a role for this kind of partner; these are: {allowed}."
    return [FieldError("/role", "role-not-allowed", detail)]


def portal_roles(partner: Partner) -> list[Role]:
    """What the partner's own admins may make of its people: never more than staff allow, and
    never a role of another kind of company.
    """
    open_to = roles_of(partner.kind)
    return [role for role in Role if role in open_to and role in partner.portal_roles]


def portal_role_faults(role: str, *, partner: Partner) -> list[FieldError]:
    if role in portal_roles(partner):
        return []
    return [FieldError("/role", "role-not-allowed", "This is not a role you may give.")]


def identifier_faults(identifiers: Sequence[Any]) -> list[FieldError]:
    """Each identifier is a scheme and a value in it, such as ISO 6523's 0192 and a number."""
    faults = []
    for place, entry in enumerate(identifiers):
        is_pair = isinstance(entry, dict) and set(entry) == IDENTIFIER_MEMBERS
        if not is_pair or not all(isinstance(part, str) and part for part in entry.values()):
            detail = "An identifier is a scheme and an id, both text."
            faults.append(FieldError(f"/identifiers/{place}", "invalid", detail))
    return faults
