"""When access in a project ends or did, and what may follow."""

from collections.abc import Iterator

from apps.identity.admin.cells import day, when
from apps.identity.admin.records import Facts
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

IN_WIND_DOWN = "“Close” ends it sooner; else it closes then by itself. A wind-down is not made "
IN_WIND_DOWN += "longer: once it is closed, an administrator may reopen it."
ONCE_CLOSED = "An administrator may reopen it: members then ask for new access."


def end_facts(project: Project) -> Facts:
    """The real last moment; beside it what was planned, once that is something else."""
    if project.status == ProjectStatus.CLOSED:
        return (*_planned(project), *_closed(project))
    if project.status == ProjectStatus.CLOSING:
        return (*_planned(project), *_closing(project))
    return (
        ("Starts", day(project.starts_on)),
        ("Ends", day(project.ends_on)),
        ("Access until", when(project.access_until)),
    )


def _planned(project: Project) -> Iterator[tuple[str, object]]:
    yield "Starts", day(project.starts_on)
    yield "Planned end", day(project.ends_on)


def _closing(project: Project) -> Iterator[tuple[str, object]]:
    yield "Winds down until", when(project.access_until)
    yield "Wind-down by", project.closed_by
    yield "Why", project.close_reason
    yield "Next", IN_WIND_DOWN


def _closed(project: Project) -> Iterator[tuple[str, object]]:
    yield "Access ended", when(project.access_until)
    yield "Closed", when(project.closed_at)
    yield "Closed by", project.closed_by
    yield "Why closed", project.close_reason
    yield "Next", ONCE_CLOSED
