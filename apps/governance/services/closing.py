"""Closing a project: one flip that every process obeys, then the rows.

The flip is what ends access: liveness reads the project's state and fence on every request. What
follows is in `closing_rows`, resumable, and taken up again by the job `finish_project_closings`.
"""

from datetime import datetime

from django.db import transaction

from apps.audit.events import Action
from apps.audit.services import record
from apps.core.actor import Actor
from apps.core.errors import FieldError, InvalidTransitionError, ValidationFailedError
from apps.gateway.policy import ANY_REVISION, Precondition
from apps.governance.models import ProjectClosing
from apps.governance.selectors import blockers_of, closing_of
from apps.governance.services.closing_rows import end_access
from apps.governance.services.stopwatch import Stopwatch
from apps.partners.services import require_reason
from apps.projects.errors import ProjectHasBlockersError
from apps.projects.models import Project
from apps.projects.services import flip_ended, project_subject
from apps.projects.states import ProjectStatus

# How long a project may wind down, wherever that is said.
WIND_DOWN_DAYS = (7, 14, 30)
DAYS_IN_WORDS = "7, 14 or 30 days"


def close_project(
    *,
    actor: Actor,
    at: datetime,
    project: Project,
    reason: str,
    wind_down_days: int = 0,
    blockers_acknowledged: bool,
    precondition: Precondition = ANY_REVISION,
    most_rows: int | None = None,
) -> ProjectClosing:
    """Close a project, or let it wind down first; returns the evidence. With ``most_rows`` the job
    ends the rest of the session rows.

    When this returns, every process refuses. Done again it goes on with the same evidence. Raises
    what `begin_closing` raises.
    """
    watch = Stopwatch(at)
    closing = begin_closing(
        actor=actor,
        at=at,
        project=project,
        reason=reason,
        wind_down_days=wind_down_days,
        blockers_acknowledged=blockers_acknowledged,
        precondition=precondition,
    )
    carry_on(closing=closing, by=actor, watch=watch, most_rows=most_rows)
    return closing


def begin_closing(
    *,
    actor: Actor,
    at: datetime,
    project: Project,
    reason: str,
    wind_down_days: int = 0,
    blockers_acknowledged: bool,
    precondition: Precondition = ANY_REVISION,
) -> ProjectClosing:
    """The flip and its one event; from its commit on every process refuses.

    Raises ValidationFailedError, ProjectHasBlockersError unless they are acknowledged,
    InvalidTransitionError, and what the precondition raises.
    """
    reason = require_reason(reason)
    _require_days(wind_down_days)
    with transaction.atomic():
        held = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        precondition.require(resource_id=held.public_id, revision=held.revision)
        if done := _done_before(held, wind_down_days):
            return done
        # Read under the lock: whoever closed or reopened it meanwhile has been waited for.
        blockers = blockers_of(held)
        if blockers and not blockers_acknowledged:
            detail = "Not everything is settled. Acknowledge that to close the project anyway."
            raise ProjectHasBlockersError(detail, extra={"blockers": blockers})
        flip_ended(
            at=at, project=held, by=actor.label, reason=reason, wind_down_days=wind_down_days
        )
        closing = ProjectClosing(
            project=held,
            reason=reason,
            actor_id=actor.id,
            actor_label=actor.label,
            blockers=blockers,
            wind_down_until=held.access_until if wind_down_days else None,
            started_at=at,
        )
        closing.save(force_insert=True)
        _record(closing, actor)
    project.refresh_from_db()
    return closing


def carry_on(
    *, closing: ProjectClosing, by: Actor, watch: Stopwatch, most_rows: int | None = None
) -> None:
    """What follows once the flip is committed. Done again, what was noted first stays."""
    first = ProjectClosing.objects.filter(pk=closing.pk, refused_after_ms__isnull=True)
    first.update(refused_after_ms=watch.milliseconds)
    end_access(closing=closing, by=by, at=watch.now, limit=most_rows)


def _require_days(days: int) -> None:
    if days not in {0, *WIND_DOWN_DAYS}:
        detail = f"A project winds down for {DAYS_IN_WORDS}, or for none."
        fault = FieldError("/wind_down_days", "invalid", detail)
        raise ValidationFailedError("The project cannot wind down for so long.", errors=[fault])


def _done_before(project: Project, wind_down_days: int) -> ProjectClosing | None:
    """The evidence where the project stands already as is asked; a wind-down is not made longer."""
    wanted = ProjectStatus.CLOSING if wind_down_days else ProjectStatus.CLOSED
    if project.status != wanted:
        return None
    done = closing_of(project)
    if done is None:
        raise InvalidTransitionError(f"Project {project.number} is {project.status} already.")
    return done


def _record(closing: ProjectClosing, actor: Actor) -> None:
    until = closing.wind_down_until
    record(
        action=Action.PROJECT_CLOSING if until else Action.PROJECT_CLOSED,
        actor=actor,
        at=closing.started_at,
        subject=project_subject(closing.project),
        data={
            "reason": closing.reason,
            "blockers": closing.blockers,
            "wind_down_until": until.isoformat() if until else None,
            "evidence": closing.public_id,
        },
    )
