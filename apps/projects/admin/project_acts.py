"""What staff do to a project, short of closing it. Its members are governance's: what they may
do follows from their roles, of which projects know nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import many
from apps.projects.admin.project_forms import EditProjectForm
from apps.projects.models import Project
from apps.projects.services import edit_project, hold_project, open_project, resume_project
from apps.projects.states import ProjectStatus

Given = dict[str, Any]
RUNNING = frozenset({ProjectStatus.DRAFT, ProjectStatus.OPEN, ProjectStatus.ON_HOLD})


def is_running(project: Project) -> bool:
    return project.status in RUNNING


def _edit(request: HttpRequest, project: Project, given: Given) -> str:
    edit_project(actor=actor_of(request), at=clock(), project=project, **given)
    return f"{project.number} is changed."


def _move(service: Callable[..., None], done: str) -> Callable[[HttpRequest, Project, Given], str]:
    def perform(request: HttpRequest, project: Project, given: Given) -> str:
        service(actor=actor_of(request), at=clock(), project=project, reason=given["reason"])
        return f"{project.number} {done}."

    return perform


def _lines(*lines: str) -> Callable[[HttpRequest, Project], Sequence[object]]:
    return lambda _request, project: [line.format(project=project) for line in lines]


def _explain_hold(_request: HttpRequest, project: Project) -> Sequence[object]:
    return (
        f"Nobody acts in {project} from the next request on, in every process.",
        f"It has {many(project.members.count(), 'member')}. Sessions for it alone end.",
        "Resuming it later brings no session back: members ask for new tokens.",
    )


EDIT = Act(
    name="edit",
    step_up=True,
    label="Change",
    permission="projects.change_project",
    explain=_lines(
        "Another last day moves the end of access with it.",
        "A smaller budget counts from the next order on; what is ordered stays ordered.",
    ),
    perform=_edit,
    form=EditProjectForm,
    applies=is_running,
)
LIFE: Sequence[Act[Project]] = (
    Act(
        name="open",
        step_up=True,
        label="Open",
        permission="projects.change_project",
        explain=_lines("Members may ask for tokens and act in {project} from now on."),
        perform=_move(open_project, "is open"),
        applies=lambda project: project.status == ProjectStatus.DRAFT,
    ),
    Act(
        name="hold",
        label="Hold",
        permission="projects.change_project",
        explain=_explain_hold,
        perform=_move(hold_project, "is on hold; nobody acts in it"),
        applies=lambda project: project.status == ProjectStatus.OPEN,
        takes_away=True,
    ),
    Act(
        name="resume",
        step_up=True,
        label="Resume",
        permission="projects.change_project",
        explain=_lines("Members may ask for new tokens. No session from before comes back."),
        perform=_move(resume_project, "is open again"),
        applies=lambda project: project.status == ProjectStatus.ON_HOLD,
    ),
)
