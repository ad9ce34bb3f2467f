"""Which roles go with which kind of company, and what identifies one."""

from collections.abc import Sequence
from typing import Any

from apps.core.actor import Actor, ActorKind
from apps.core.errors import FieldError, ForbiddenError
from apps.partners.models import VENDOR_ROLES, Partner, PartnerKind, Role

IDENTIFIER_MEMBERS = {"scheme", "id"}


def roles_of(kind: str) -> frozenset[Role]:
    """What a partner's person may be: a vendor takes the vendor's roles, an integration partner
    the buyer's (spec 4 no. 1), but who approves for the buyer is the buyer's own.
    """
    buyers = frozenset(Role) - VENDOR_ROLES - {Role.APPROVER_ADMIN}
    return VENDOR_ROLES if kind == PartnerKind.VENDOR else buyers


def roles_open_to(actor: Actor, kind: str) -> frozenset[Role]:
    """Those of them that the actor may give: an editor acts for the buyer and writes, which of
    staff an administrator alone hands to somebody outside.
    """
    return roles_of(kind) if is_unbounded(actor) else roles_of(kind) - {Role.EDITOR}


def is_unbounded(actor: Actor) -> bool:
    """Whether what it gives is bounded elsewhere or not at all: only staff short of administrator
    are bounded by what an administrator keeps. The operator's shell has the machine.
    """
    return actor.kind != ActorKind.STAFF or actor.role == Role.APPROVER_ADMIN


def require_administrator(actor: Actor) -> None:
    """For naming who outside is believed about people: whoever names one can be anybody it vouches
    for. The operator's shell has the machine. Raises ForbiddenError.
    """
    is_administrator = actor.kind == ActorKind.STAFF and actor.role == Role.APPROVER_ADMIN
    if not is_administrator and actor.kind != ActorKind.SYSTEM:
        raise ForbiddenError("Only an administrator does this.")


def role_faults(role: str, *, kind: str) -> list[FieldError]:
    if role in roles_of(kind):
        return []
    allowed = ", ".join(sorted(roles_of(kind)))
    detail = f"{role!r} is not a role for this kind of partner; these are: {allowed}."
    return [FieldError("/role", "role-not-allowed", detail)]


def giver_faults(role: str, *, kind: str, actor: Actor) -> list[FieldError]:
    """Whether this actor may give a role that the kind of partner has."""
    if role not in roles_of(kind) or role in roles_open_to(actor, kind):
        return []
    return [FieldError("/role", "restricted", "Only an administrator gives this role.")]


def portal_roles(partner: Partner) -> list[Role]:
    """What the partner's own admins may make of its people: never more than staff allow, never a
    role of another kind of company, and never one that writes for the buyer.
    """
    open_to = roles_of(partner.kind) - {Role.EDITOR}
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
