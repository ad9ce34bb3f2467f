"""The flips that end access in a project and let it begin anew. What follows them, and the event,
is governance's: it needs the apps above this one.
"""

from datetime import date, datetime, timedelta

from django.db.models import F
from django.db.models.functions import Now

from apps.core.errors import FieldError, InvalidTransitionError, ValidationFailedError
from apps.projects.models import Project
from apps.projects.policy.ends import access_until_of
from apps.projects.states import MOVES, ProjectStatus


def flip_ended(
    *, at: datetime, project: Project, by: str, reason: str, wind_down_days: int = 0
) -> None:
    """Close a locked project, or let it wind down for so many days: no session from before counts
    in it, in every process, once this is committed. Its end of access is then the real one; what
    was planned stays in `ends_on`. Raises InvalidTransitionError.
    """
    last = min(project.access_until, at)
    ends: dict[str, object] = {
        "status": ProjectStatus.CLOSED, "closed_at": at, "access_until": last
    }  # fmt: skip
    if wind_down_days:
        until = at + timedelta(days=wind_down_days)
        ends = {"status": ProjectStatus.CLOSING, "access_until": until}
    _flip(project, at, closed_by=by[:100], close_reason=reason, **ends)


def flip_reopened(*, at: datetime, project: Project, ends_on: date | None) -> None:
    """Open a locked, closed project again until ``ends_on``, or the day it had. No session from
    before counts in it ever. Raises InvalidTransitionError, ValidationFailedError.
    """
    if project.status != ProjectStatus.CLOSED:
        raise _impossible(project, ProjectStatus.OPEN)
    last_day = ends_on or project.ends_on
    until = access_until_of(last_day, timezone=project.buyer_entity.timezone)
    if until <= at or last_day < project.starts_on:
        fault = FieldError("/ends_on", "over", "Choose a last day that is not over yet.")
        raise ValidationFailedError("The project's last day is over.", errors=[fault])
    _flip(
        project,
        at,
        status=ProjectStatus.OPEN,
        ends_on=last_day,
        access_until=until,
        closed_at=None,
        closed_by="",
        close_reason="",
    )


def _flip(project: Project, at: datetime, **columns: object) -> None:
    """State and fence change in one statement, and so for every session at once."""
    after = str(columns["status"])
    if after not in MOVES[project.status]:
        raise _impossible(project, after)
    Project.objects.filter(pk=project.pk).update(
        **columns, not_before=Now(), revision=F("revision") + 1, updated_at=at
    )
    project.refresh_from_db()


def _impossible(project: Project, after: str) -> InvalidTransitionError:
    return InvalidTransitionError(
        f"Project {project.number} is {project.get_status_display().lower()}.",
        extra={"from": project.status, "to": after, "allowed": sorted(MOVES[project.status])},
    )
