"""Projects: adding one, its life, and who acts in it. Governance registers the page, with the acts
by which a project closes.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.core.money import minor_units
from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, tag, to, when
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.projects.admin.project_acts import EDIT, LIFE, MEMBERS
from apps.projects.admin.project_forms import NewProjectForm
from apps.projects.models import Project
from apps.projects.services import create_project
from apps.projects.states import ProjectStatus


def _budget(project: Project) -> str:
    if project.budget_amount is None:
        return "no limit"
    places = minor_units(project.budget_currency)
    return f"{project.budget_currency} {project.budget_amount:,.{places}f} without tax"


class ProjectAdmin(AddableAdmin[Project]):
    list_display = ("number", "title", "status_cell", "ends_on", "owner", "member_count")
    list_filter = ("status", "buyer_entity")
    list_select_related = ("buyer_entity", "owner")
    search_fields = ("number", "title")
    empty_hint = "No project yet. Add one: nobody gets a token or places an order without."
    add_form = NewProjectForm
    add_title = "Add a project"
    add_button = "Add"
    acts: ClassVar[Sequence[Act[Project]]] = (EDIT, *LIFE, *MEMBERS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).annotate(members_count=Count("members"))

    @admin.display(description="Status", ordering="status")
    def status_cell(self, project: Project) -> SafeString:
        return tag(project.status)

    @admin.display(description="Members", ordering="members_count")
    def member_count(self, project: Project) -> int:
        return int(getattr(project, "members_count", 0))

    def facts(self, _request: HttpRequest, project: Project) -> Facts:
        return (
            ("Status", tag(project.status)),
            ("Number", project.number),
            ("Title", project.title),
            ("Id", code(project.public_id)),
            ("Buyer entity", to(project.buyer_entity)),
            ("Owner", to(project.owner) if project.owner else EMPTY),
            ("Budget", _budget(project)),
            ("Categories", ", ".join(project.categories) or "any"),
            ("Starts", f"{project.starts_on:%-d %b %Y}"),
            ("Ends", f"{project.ends_on:%-d %b %Y}"),
            ("Access until", when(project.access_until)),
            ("Closed", when(project.closed_at)),
            ("Closed by", project.closed_by or EMPTY),
            ("Why closed", project.close_reason or EMPTY),
        )

    def tables(self, request: HttpRequest, project: Project) -> Sequence[Table]:
        rows = [
            (
                to(member.partner or member.user),
                member.role or EMPTY,
                when(member.valid_from),
                when(member.valid_until or project.access_until),
            )
            for member in project.members.select_related("partner", "user").order_by("pk")[:50]
        ]
        empty = "Nobody yet. “Add a partner” lets one act here."
        return (
            Table("Members", ("Member", "Role", "From", "Until"), rows, empty),
            *trail_table(request, project.public_id),
        )

    def add(self, request: HttpRequest, given: dict[str, Any]) -> str:
        project = create_project(actor=actor_of(request), at=clock(), **given)
        begun = "a draft" if project.status == ProjectStatus.DRAFT else "open"
        return f"{project} is {begun}. Next: let partners act in it."
