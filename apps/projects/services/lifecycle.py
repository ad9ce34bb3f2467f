"""A project's life short of its end: opened, held, resumed. Closing is governance's."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import InvalidTransitionError
from apps.partners.services import require_reason
from apps.projects.models import Project
from apps.projects.services.projects import project_subject
from apps.projects.states import MOVES, ProjectStatus


def open_project(*, actor: Actor, at: datetime, project: Project, reason: str) -> None:
    """From here on members may act in the draft. Raises ValidationFailedError without a reason,
    InvalidTransitionError.
    """
    _move(actor, at, project, reason, (ProjectStatus.DRAFT, ProjectStatus.OPEN))


def hold_project(*, actor: Actor, at: datetime, project: Project, reason: str) -> None:
    """Nobody acts in it from the next request on, in every process. Raises what open_project
    raises.
    """
    _move(actor, at, project, reason, (ProjectStatus.OPEN, ProjectStatus.ON_HOLD))


def resume_project(*, actor: Actor, at: datetime, project: Project, reason: str) -> None:
    """Members may ask for new access; no session from before has the project again. Raises what
    open_project raises.
    """
    _move(actor, at, project, reason, (ProjectStatus.ON_HOLD, ProjectStatus.OPEN))


ACTIONS = {
    ProjectStatus.DRAFT: Action.PROJECT_OPENED,
    ProjectStatus.OPEN: Action.PROJECT_HELD,
    ProjectStatus.ON_HOLD: Action.PROJECT_RESUMED,
}


def _move(
    actor: Actor,
    at: datetime,
    project: Project,
    reason: str,
    way: tuple[ProjectStatus, ProjectStatus],
) -> None:
    """The state and the fence change in one statement, and so for every session at once."""
    (before, after), reason = way, require_reason(reason)
    with transaction.atomic():
        flipped = Project.objects.filter(pk=project.pk, status=before).update(
            status=after, not_before=Now(), revision=F("revision") + 1, updated_at=at
        )
        project.refresh_from_db()
        if not flipped:
            raise InvalidTransitionError(
                f"Project {project.number} is {project.get_status_display().lower()}.",
                extra={
                    "from": project.status,
                    "to": after.value,
                    "allowed": sorted(MOVES[project.status]),
                },
            )
        record(
            action=ACTIONS[before],
            actor=actor,
            at=at,
            subject=project_subject(project),
            data={"reason": reason},
        )
