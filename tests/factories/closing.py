"""Projects that close, wind down and open again."""

from datetime import UTC, datetime
from typing import Any

from apps.governance.models import ProjectClosing
from apps.governance.services.closing import close_project
from apps.governance.services.reopening import reopen_project
from apps.projects.models import Project
from tests.factories.world import SETUP


def close(project: Project, **said: Any) -> ProjectClosing:
    """By the operator, whatever is not settled in it, unless told otherwise."""
    given = {"reason": "All is bought", "blockers_acknowledged": True, "at": datetime.now(tz=UTC)}
    return close_project(**{"actor": SETUP, "project": project, **given, **said})


def reopen(project: Project, **said: Any) -> None:
    reopen_project(
        **{"actor": SETUP, "at": datetime.now(tz=UTC), "reason": "One more order", **said},
        project=project,
    )
