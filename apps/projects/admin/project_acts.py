"""What staff do to a project and its members, short of closing it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import many
from apps.projects.admin.project_forms import (
    AddPartnerForm,
    AddPersonForm,
    EditProjectForm,
    MemberDatesForm,
    RemoveMemberForm,
)
from apps.projects.models import Project
from apps.projects.policy import end_of_day
from apps.projects.services import (
    add_member,
    change_member,
    edit_project,
    hold_project,
    open_project,
    remove_member,
    resume_project,
)
from apps.projects.states import ProjectStatus

Given = dict[str, Any]
RUNNING = frozenset({ProjectStatus.DRAFT, ProjectStatus.OPEN, ProjectStatus.ON_HOLD})


def is_running(project: Project) -> bool:
    return project.status in RUNNING


def has_members(project: Project) -> bool:
    return is_running(project) and project.members.exists()


def last_moment(project: Project, day: date | None) -> datetime | None:
    return end_of_day(day, timezone=project.buyer_entity.timezone) if day else None


def _edit(request: HttpRequest, project: Project, given: Given) -> str:
    edit_project(actor=actor_of(request), at=clock(), project=project, **given)
    return f"{project.number} is changed."


def _add_partner(request: HttpRequest, project: Project, given: Given) -> str:
    add_member(
        actor=actor_of(request),
        at=clock(),
        project=project,
        partner=given["partner"],
        valid_until=last_moment(project, given["valid_until"]),
    )
    return f"{given['partner']} may act in {project}."


def _add_person(request: HttpRequest, project: Project, given: Given) -> str:
    add_member(
        actor=actor_of(request),
        at=clock(),
        project=project,
        user=given["user"],
        role=given["role"],
        valid_until=last_moment(project, given["valid_until"]),
    )
    return f"{given['user']} may act in {project}."


def _change_member(request: HttpRequest, project: Project, given: Given) -> str:
    member = given["member"]
    change_member(
        actor=actor_of(request),
        at=clock(),
        member=member,
        role=given["role"] if member.user else member.role,
        valid_from=member.valid_from,
        valid_until=last_moment(project, given["valid_until"]),
    )
    return f"{member.partner or member.user}: changed. It counts from the next request on."


def _remove_member(request: HttpRequest, project: Project, given: Given) -> str:
    member = given["member"]
    remove_member(actor=actor_of(request), at=clock(), member=member, reason=given["reason"])
    return f"{member.partner or member.user} may not act in {project.number} any more."


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
MEMBERS: Sequence[Act[Project]] = (
    Act(
        name="add-member",
        step_up=True,
        label="Add a partner",
        permission="projects.add_projectmember",
        explain=_lines(
            "New sessions of the partner's may act in {project} until it ends or closes.",
            "Sessions it has now keep the projects they were granted for.",
        ),
        perform=_add_partner,
        form=AddPartnerForm,
        applies=is_running,
    ),
    Act(
        name="add-person",
        step_up=True,
        label="Add one of our people",
        permission="projects.add_projectmember",
        explain=_lines(
            "Apps that the person signs in to may act for them in {project}, as far as their "
            "role goes. In this admin they see every project anyway.",
        ),
        perform=_add_person,
        form=AddPersonForm,
        applies=is_running,
    ),
    Act(
        name="change-member",
        step_up=True,
        label="Change a member",
        permission="projects.change_projectmember",
        explain=_lines("Role and dates count from the next request on, in every process."),
        perform=_change_member,
        form=MemberDatesForm,
        applies=has_members,
    ),
    Act(
        name="remove-member",
        label="Remove a member",
        permission="projects.delete_projectmember",
        explain=_lines(
            "Refused in {project} from the next request on. What it holds elsewhere stays.",
            "Orders under way stay as they are: hold or cancel them if need be.",
        ),
        perform=_remove_member,
        form=RemoveMemberForm,
        applies=has_members,
        takes_away=True,
    ),
)
