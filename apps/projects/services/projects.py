"""Setting up projects, and changing what they say."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import Subject, record
from apps.core.actor import Actor
from apps.core.errors import FieldError, InvalidTransitionError
from apps.identity.models import User
from apps.partners.services import insert, update
from apps.projects.models import BuyerEntity, Project
from apps.projects.policy.ends import access_until_of
from apps.projects.policy.projects import budget_faults, owner_faults
from apps.projects.states import ProjectStatus


class Details(TypedDict, total=False):
    """What a project may say beside its name and dates."""

    owner: User | None
    budget_amount: Decimal | None
    budget_currency: str
    categories: list[str]


class Changes(Details, total=False):
    """What may be changed of a project."""

    title: str
    starts_on: date
    ends_on: date


def project_subject(project: Project) -> Subject:
    return Subject("project", project.public_id, project.number)


def create_project(
    *,
    actor: Actor,
    at: datetime,
    number: str,
    title: str,
    buyer_entity: BuyerEntity,
    starts_on: date,
    ends_on: date,
    draft: bool = False,
    **details: Unpack[Details],
) -> Project:
    """An open project, or a draft. Access ends with its last day where the buyer is.

    Raises ValidationFailedError.
    """
    project = Project(
        number=number.strip(),
        title=title.strip(),
        buyer_entity=buyer_entity,
        starts_on=starts_on,
        ends_on=ends_on,
        access_until=access_until_of(ends_on, timezone=buyer_entity.timezone),
        status=ProjectStatus.DRAFT if draft else ProjectStatus.OPEN,
        created_at=at,
        updated_at=at,
        **details,
    )
    with transaction.atomic():
        insert(project, faults=_faults(project))
        record(
            action=Action.PROJECT_CREATED,
            actor=actor,
            at=at,
            subject=project_subject(project),
            data={
                "buyer_entity": buyer_entity.public_id,
                "ends_on": project.ends_on.isoformat(),
                "access_until": project.access_until.isoformat(),
            },
        )
    return project


def edit_project(
    *, actor: Actor, at: datetime, project: Project, reason: str = "", **changes: Unpack[Changes]
) -> Project:
    """Make the project say this from now on; what is left out stays. Another end date moves the
    end of access with it, for the sessions there are as well: none of them outlives its own end.

    Raises ValidationFailedError, and InvalidTransitionError once the project is closing or closed.
    """
    with transaction.atomic():
        held = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if held.status in ENDED:
            raise InvalidTransitionError(f"Project {held.number} is {held.status}; it stays so.")
        before = {name: getattr(held, name) for name in changes}
        changed = {name: value for name, value in changes.items() if value != before[name]}
        if not changed:
            return held
        _set(held, changed, at)
        written = [*changed, "access_until", "revision", "updated_at"]
        update(held, changed=dict.fromkeys(written), faults=_faults(held, changed, at))
        record(
            action=Action.PROJECT_CHANGED,
            actor=actor,
            at=at,
            subject=project_subject(held),
            data={
                "reason": reason,
                "before": {name: _told(before[name]) for name in changed},
                "after": {name: _told(value) for name, value in changed.items()},
                "access_until": held.access_until.isoformat(),
            },
        )
    return held


ENDED = frozenset({ProjectStatus.CLOSING, ProjectStatus.CLOSED})


def _set(project: Project, changed: Mapping[str, Any], at: datetime) -> None:
    for name, value in changed.items():
        setattr(project, name, value)
    if "ends_on" in changed:
        timezone = project.buyer_entity.timezone
        project.access_until = access_until_of(project.ends_on, timezone=timezone)
    project.revision += 1
    project.updated_at = at


def _faults(
    project: Project, changed: Mapping[str, Any] | None = None, at: datetime | None = None
) -> list[FieldError]:
    faults = [*budget_faults(project), *owner_faults(project)]
    if changed and at and "ends_on" in changed and project.access_until <= at:
        detail = "That day is over. To end access now, close the project."
        faults.append(FieldError("/ends_on", "over", detail))
    return faults


def _told(value: object) -> object:
    """A value as the trail keeps it."""
    if isinstance(value, User):
        return value.public_id
    return value if isinstance(value, list) or value is None else str(value)
