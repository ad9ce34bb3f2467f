"""Projects whose time is over: closed by the clock, in the system's name."""

from datetime import datetime

from apps.core.actor import system_actor
from apps.core.errors import InvalidTransitionError
from apps.gateway.errors import RevisionStaleError
from apps.gateway.policy import Precondition, entity_tag
from apps.governance.services.closing import close_project
from apps.governance.services.closing_rows import MOST_ROWS
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

END_DATE, WIND_DOWN_OVER = "end date", "wind-down is over"


def close_due_projects(*, at: datetime) -> int:
    """Close what has come to its end; how many that were. Access had ended already: no session acts
    in a project after its `access_until`. Safe to run twice at once.
    """
    due = Project.objects.exclude(status=ProjectStatus.CLOSED).filter(access_until__lte=at)
    return sum(_close(project, at) for project in due.order_by("access_until", "pk"))


def _close(project: Project, at: datetime) -> int:
    """1 when this run closed it. One that was changed meanwhile may have got a later end."""
    winding_down = project.status == ProjectStatus.CLOSING
    unchanged = frozenset({entity_tag(project.public_id, project.revision)})
    try:
        close_project(
            actor=system_actor("projects"),
            at=at,
            project=project,
            reason=WIND_DOWN_OVER if winding_down else END_DATE,
            blockers_acknowledged=True,
            precondition=Precondition(tags=unchanged),
            most_rows=MOST_ROWS,
        )
    except (InvalidTransitionError, RevisionStaleError):
        return 0
    return 1
