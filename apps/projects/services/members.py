"""Who may act in a project, as what, from when until when."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import FieldError, InvalidTransitionError, NotFoundError
from apps.identity.models import User
from apps.partners.models import VENDOR_ROLES, Partner, PartnerUser, Role
from apps.partners.policy import is_unbounded, role_faults
from apps.partners.services import insert, require_reason, update
from apps.projects.models import Project, ProjectMember
from apps.projects.services.projects import project_subject
from apps.projects.states import ProjectStatus


def add_member(
    *,
    actor: Actor,
    at: datetime,
    project: Project,
    partner: Partner | None = None,
    user: User | None = None,
    role: str = "",
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> ProjectMember:
    """Let a partner, or a person of the buyer's, act in a project; from now on by default.

    Raises ValidationFailedError, and InvalidTransitionError when the project is closed.
    """
    member = ProjectMember(
        project=project,
        partner=partner,
        user=user,
        role=role,
        valid_from=valid_from or at,
        valid_until=valid_until,
    )
    with transaction.atomic():
        _hold_unclosed(project)
        insert(member, faults=_member_faults(member, actor))
        _record(Action.PROJECT_MEMBER_ADDED, member, actor=actor, at=at)
    return member


def change_member(
    *,
    actor: Actor,
    at: datetime,
    member: ProjectMember,
    role: str,
    valid_from: datetime,
    valid_until: datetime | None,
) -> ProjectMember:
    """Another role or other dates, from the next request on. Raises what add_member raises."""
    with transaction.atomic():
        _hold_unclosed(member.project)
        held = _held(member)
        before = _terms(held)
        held.role, held.valid_from, held.valid_until = role, valid_from, valid_until
        if _terms(held) == before:
            return held
        update(held, changed=before, faults=_member_faults(held, actor))
        _record(Action.PROJECT_MEMBER_CHANGED, held, actor=actor, at=at, before=_told(before))
    return held


def remove_member(*, actor: Actor, at: datetime, member: ProjectMember, reason: str) -> None:
    """Whoever it was acts in the project no more, from the next request on, in every process.

    Raises ValidationFailedError without a reason, and NotFoundError when they are out already.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        held = _held(member)
        _record(Action.PROJECT_MEMBER_REMOVED, held, actor=actor, at=at, reason=reason)
        held.delete()


def _held(member: ProjectMember) -> ProjectMember:
    rows = ProjectMember.objects.select_related("project", "partner", "user")
    held = rows.select_for_update(of=("self",)).filter(pk=member.pk).first()
    if held is None:
        raise NotFoundError("This is no member of the project any more.")
    return held


def _terms(member: ProjectMember) -> dict[str, Any]:
    names = ("role", "valid_from", "valid_until")
    return {name: getattr(member, name) for name in names}


def _told(terms: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in terms.items()
    }


def _record(
    action: Action,
    member: ProjectMember,
    *,
    actor: Actor,
    at: datetime,
    **told: object,
) -> None:
    partner, user = member.partner, member.user
    record(
        action=action,
        actor=actor,
        at=at,
        subject=project_subject(member.project),
        data={
            "partner": partner.public_id if partner else None,
            "user": user.public_id if user else None,
            **_told(_terms(member)),
            **told,
        },
    )


def _hold_unclosed(project: Project) -> None:
    """Closing locks the same row: nobody joins a project while it ends."""
    held = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if held.status == ProjectStatus.CLOSED:
        raise InvalidTransitionError(f"Project {held.number} is closed; nobody can join it.")


def _member_faults(member: ProjectMember, actor: Actor) -> list[FieldError]:
    faults: list[FieldError] = []
    partner = member.partner
    if partner is not None and not partner.is_live:
        detail = f"{partner.name} is {partner.status}; it cannot join a project."
        faults.append(FieldError("/partner", "partner-not-active", detail))
    if partner is None:
        faults += _person_faults(member, actor)
    elif member.role:
        faults += role_faults(member.role, kind=partner.kind)
    if member.valid_until is not None and member.valid_until <= member.valid_from:
        detail = "A membership cannot end before it begins."
        faults.append(FieldError("/valid_until", "invalid", detail))
    return faults


def _person_faults(member: ProjectMember, actor: Actor) -> list[FieldError]:
    """People who are members in their own name are the buyer's; a partner's come with it."""
    user, faults = member.user, []
    if user is not None and (not user.is_active or PartnerUser.objects.filter(user=user).exists()):
        detail = "Active people of the buyer's join in person; others come with their company."
        faults.append(FieldError("/user", "not-the-buyers", detail))
    if member.role and member.role in VENDOR_ROLES:
        detail = "The buyer's people have the buyer's roles."
        faults.append(FieldError("/role", "role-not-allowed", detail))
    if member.role == Role.APPROVER_ADMIN and not is_unbounded(actor):
        detail = "Only an administrator makes somebody an approver."
        faults.append(FieldError("/role", "restricted", detail))
    return faults
