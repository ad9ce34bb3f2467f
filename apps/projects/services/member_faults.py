"""What is wrong with a membership, as it is to be written."""

from collections.abc import Collection, Iterator

from apps.core.actor import Actor
from apps.core.errors import FieldError
from apps.partners.models import VENDOR_ROLES, PartnerUser, Role
from apps.partners.policy import is_unbounded
from apps.projects.models import Project, ProjectMember
from apps.projects.policy.days import last_day

ALL = frozenset({"role", "valid_from", "valid_until"})


def member_faults(
    member: ProjectMember, *, project: Project, actor: Actor, written: Collection[str] = ALL
) -> list[FieldError]:
    """``written`` are the terms that are new: what was agreed before the project was shortened
    ends with it anyway, and need not be mended to change something else.
    """
    of_whom = _partner_faults if member.partner is not None else _person_faults
    faults = [*of_whom(member, actor, written)]
    if member.valid_until is not None and member.valid_until <= member.valid_from:
        detail = "A membership cannot end before it begins."
        faults.append(FieldError("/valid_until", "invalid", detail))
    return [*faults, *_beyond(member, project, written)]


def _partner_faults(
    member: ProjectMember, _actor: Actor, written: Collection[str]
) -> Iterator[FieldError]:
    """A partner takes part with all its people and clients, each by the role it has."""
    partner = member.partner
    if partner is not None and not partner.is_live:
        detail = f"{partner.name} is {partner.status}; it cannot join a project."
        yield FieldError("/partner", "partner-not-active", detail)
    if member.role and "role" in written:
        detail = "A partner's people and clients act by the roles they have; it has none of its own"
        yield FieldError("/role", "role-not-allowed", f"{detail} in a project.")


def _person_faults(
    member: ProjectMember, actor: Actor, _written: Collection[str]
) -> Iterator[FieldError]:
    """People who are members in their own name are the buyer's; a partner's come with it."""
    user = member.user
    if user is not None and (not user.is_active or PartnerUser.objects.filter(user=user).exists()):
        detail = "Active people of the buyer's join in person; others come with their company."
        yield FieldError("/user", "not-the-buyers", detail)
    if member.role and member.role in VENDOR_ROLES:
        yield FieldError("/role", "role-not-allowed", "The buyer's people have the buyer's roles.")
    if member.role == Role.APPROVER_ADMIN and not is_unbounded(actor):
        detail = "Only an administrator makes somebody an approver, or moves an approver's dates."
        yield FieldError("/role", "restricted", detail)


def _beyond(
    member: ProjectMember, project: Project, written: Collection[str]
) -> Iterator[FieldError]:
    """Nobody acts in a project after its end, so no membership says that somebody does."""
    end = project.access_until
    day = last_day(end, timezone=project.buyer_entity.timezone)
    ends = f"Access in {project.number} ends with {day:%-d %b %Y}"
    if "valid_from" in written and member.valid_from >= end:
        yield FieldError("/valid_from", "beyond-project", f"{ends}; choose a day before.")
    if "valid_until" in written and member.valid_until is not None and member.valid_until > end:
        detail = f"{ends}, and so does every membership. Leave the last day empty, or choose one"
        yield FieldError("/valid_until", "beyond-project", f"{detail} that is not later.")
