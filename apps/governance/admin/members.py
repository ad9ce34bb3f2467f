"""Who takes part in a project: let in, given other terms, taken out."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from apps.governance.admin.member_forms import (
    GONE,
    AddPartnerForm,
    AddPersonForm,
    MemberTermsForm,
    RemoveMemberForm,
    days_of,
    member_of,
)
from apps.governance.admin.member_words import terms_in_words, what_member_may
from apps.identity.admin.acts import Act, actor_of, clock
from apps.partners.models import Role
from apps.partners.policy import is_unbounded
from apps.projects.admin.project_acts import is_running
from apps.projects.models import Project, ProjectMember
from apps.projects.policy import end_of_day
from apps.projects.policy.days import start_of_day
from apps.projects.services import add_member, change_member, remove_member

Given = dict[str, Any]
CHOOSE = "choose whom in the table of members."
APPROVERS = "only an administrator changes an approver's membership."


def _first_moment(project: Project, day: date | None) -> datetime | None:
    return start_of_day(day, timezone=project.buyer_entity.timezone) if day else None


def _last_moment(project: Project, day: date | None) -> datetime | None:
    return end_of_day(day, timezone=project.buyer_entity.timezone) if day else None


def _add(request: HttpRequest, project: Project, given: Given) -> str:
    member = add_member(
        actor=actor_of(request),
        at=clock(),
        project=project,
        partner=given.get("partner"),
        user=given.get("user"),
        role=given.get("role", ""),
        valid_from=_first_moment(project, given["valid_from"]),
        valid_until=_last_moment(project, given["valid_until"]),
    )
    who = f"{member.partner or member.user} is a member of {project}"
    return f"{who}, {terms_in_words(member)}. {what_member_may(member)}".rstrip()


def _change(request: HttpRequest, project: Project, given: Given) -> str:
    """A day that was left as it stood leaves the moment as it stood."""
    member: ProjectMember = given["member"]
    first, last = days_of(member)
    begins, ends = given["valid_from"], given["valid_until"]
    timezone = project.buyer_entity.timezone
    changed = change_member(
        actor=actor_of(request),
        at=clock(),
        member=member,
        role=given.get("role", member.role),
        valid_from=member.valid_from
        if begins == first
        else start_of_day(begins, timezone=timezone),
        valid_until=member.valid_until if ends == last else _last_moment(project, ends),
    )
    who = f"{changed.partner or changed.user}: from the next request on a member"
    return f"{who} {terms_in_words(changed)}. {what_member_may(changed)}".rstrip()


def _remove(request: HttpRequest, project: Project, given: Given) -> str:
    member = given["member"]
    remove_member(actor=actor_of(request), at=clock(), member=member, reason=given["reason"])
    return f"{member.partner or member.user} may not act in {project.number} any more."


def _chosen(request: HttpRequest, project: Project) -> ProjectMember | None:
    """Whom the page is opened for. The project's own page is opened for nobody."""
    named = request.POST.get("member") or request.GET.get("member")
    return member_of(project, named) if named else None


def _why_not_remove(request: HttpRequest, project: Project) -> str:
    if _chosen(request, project):
        return ""
    return GONE if request.GET.get("member") else CHOOSE


def _why_not_change(request: HttpRequest, project: Project) -> str:
    member = _chosen(request, project)
    approves = member is not None and member.role == Role.APPROVER_ADMIN
    if approves and not is_unbounded(actor_of(request)):
        return APPROVERS
    return _why_not_remove(request, project)


def _lines(*lines: str) -> Callable[[HttpRequest, Project], Sequence[object]]:
    return lambda _request, project: [line.format(project=project) for line in lines]


def _explain_change(request: HttpRequest, project: Project) -> Sequence[object]:
    member = _chosen(request, project)
    lines = [f"{member.partner or member.user}, now {terms_in_words(member)}."] if member else []
    if member and member.partner:
        lines.append("Its people and clients act by the roles they have.")
    return (*lines, "What you set counts from the next request on, in every process.")


def _explain_remove(request: HttpRequest, project: Project) -> Sequence[object]:
    member = _chosen(request, project)
    who = f"{member.partner or member.user} is" if member else "They are"
    return (
        f"{who} refused in {project} from the next request on. What they hold elsewhere stays.",
        "Orders under way stay as they are: hold or cancel them if need be.",
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
        perform=_add,
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
            "staff role goes: a procurement manager's or administrator's acts for the buyer, a "
            "viewer's reads. In this admin they see every project anyway.",
        ),
        perform=_add,
        form=AddPersonForm,
        applies=is_running,
        told_to_form=lambda request: {"actor": actor_of(request)},
    ),
    Act(
        name="change-member",
        step_up=True,
        label="Change a member",
        permission="projects.change_projectmember",
        explain=_explain_change,
        perform=_change,
        form=MemberTermsForm,
        applies=is_running,
        why_not=_why_not_change,
        told_to_form=lambda request: {
            "actor": actor_of(request),
            "initial": {"member": request.GET.get("member", "")},
        },
    ),
    Act(
        name="remove-member",
        label="Remove a member",
        permission="projects.delete_projectmember",
        explain=_explain_remove,
        perform=_remove,
        form=RemoveMemberForm,
        applies=is_running,
        why_not=_why_not_remove,
        told_to_form=lambda request: {"initial": {"member": request.GET.get("member", "")}},
        takes_away=True,
    ),
)
