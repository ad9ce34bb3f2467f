"""Who may act in a project, as what, from when until when."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError, NotFoundError
from apps.identity.models import User
from apps.partners.models import Partner
from apps.partners.services import insert, require_reason, update
from apps.projects.models import Project, ProjectMember
from apps.projects.services.member_faults import member_faults
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
    """Let a partner, or a person of the buyer's, act in a project; from now on by default, and
    until the project's end.

    Raises ValidationFailedError, also for dates beyond that end, and InvalidTransitionError when
    the project is closed.
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
        held = _hold_unclosed(project)
        insert(member, faults=member_faults(member, project=held, actor=actor))
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
        project, held = _hold_unclosed(member.project), _held(member)
        before = _terms(held)
        held.role, held.valid_from, held.valid_until = role, valid_from, valid_until
        written = {name for name, value in _terms(held).items() if value != before[name]}
        if not written:
            return held
        faults = member_faults(held, project=project, actor=actor, written=written)
        update(held, changed=before, faults=faults)
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


def _hold_unclosed(project: Project) -> Project:
    """Closing locks the same row: nobody joins a project while it ends, nor does its end move."""
    rows = Project.objects.select_related("buyer_entity")
    held = rows.select_for_update(of=("self",), no_key=True).get(pk=project.pk)
    if held.status == ProjectStatus.CLOSED:
        raise InvalidTransitionError(f"Project {held.number} is closed; nobody can join it.")
    return held
