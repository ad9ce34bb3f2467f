"""Who takes part in a project, in words and as a table."""

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.governance.admin.member_forms import days_of
from apps.identity.admin.cells import EMPTY, link, stack, to, when
from apps.identity.admin.records import Table
from apps.oauth.scopes import buyer_role
from apps.partners.models import Role
from apps.projects.admin.project_acts import is_running
from apps.projects.models import Project, ProjectMember
from apps.projects.states import ProjectStatus

ACTS_FOR_BUYER = frozenset({Role.EDITOR, Role.APPROVER_ADMIN})
READS = "their staff role reads only, and a role of the membership adds no right to it."
NOBODYS = "that takes the staff role procurement manager or administrator."
ACTS = (
    ("change-member", "Change", "projects.change_projectmember"),
    ("remove-member", "Remove", "projects.delete_projectmember"),
)


def terms_in_words(member: ProjectMember) -> str:
    """`as Editor from 1 Dec 2026 until 31 Mar 2027`."""
    first, last = days_of(member)
    role = f"as {Role(member.role).label} " if member.role else ""
    until = f"{last:%-d %b %Y}" if last else "the project's end"
    return f"{role}from {first:%-d %b %Y} until {until}"


def what_member_may(member: ProjectMember) -> str:
    """What comes of the membership; a person's staff role decides what apps do for them."""
    if member.project.status != ProjectStatus.OPEN:
        return "Nobody acts there before it is open."
    if member.user is None:
        return "New sessions of its people and clients may act there meanwhile."
    groups = list(member.user.groups.values_list("name", flat=True))
    role = buyer_role(groups)
    if role in ACTS_FOR_BUYER:
        return "Apps they sign in to may act for them there meanwhile."
    return f"Apps only read for them: {READS}" if role else f"No app acts for them: {NOBODYS}"


def members_table(request: HttpRequest, project: Project) -> Table:
    """By name, with what may be done about each; by one statement."""
    open_acts = [
        (reverse(f"admin:projects_project_{name}", args=[project.pk]), label)
        for name, label, permission in ACTS
        if is_running(project) and request.user.has_perm(permission)
    ]
    rows = [
        (
            stack((to(member.partner or member.user), *_links(member, open_acts))),
            Role(member.role).label if member.role else EMPTY,
            when(member.valid_from),
            when(member.access_until),
        )
        for member in project.members.select_related("partner", "user").order_by(
            "partner__name", "user__email", "pk"
        )
    ]
    empty = "Nobody yet. “Add a partner” lets one act here."
    return Table("Members", ("Member", "Role", "From", "Until"), rows, empty, cards=True)


def _links(member: ProjectMember, acts: Sequence[tuple[str, str]]) -> Sequence[SafeString]:
    links = [
        (link(_named(label, member), f"{address}?member={member.pk}"),) for address, label in acts
    ]
    return [format_html_join(" · ", "{}", links)] if links else []


def _named(label: str, member: ProjectMember) -> SafeString:
    """Links that read alike are told apart by whom they are about."""
    who = member.partner or member.user
    return format_html('{}<span class="visually-hidden"> {}</span>', label, who)
