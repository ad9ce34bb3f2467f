"""Projects: adding one, and its life. Governance registers the page, with who takes part and the
acts by which a project closes.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import SafeString

from apps.core.money import written
from apps.identity.admin.acts import Act, actor_of, clock, tell
from apps.identity.admin.adding import AddableAdmin
from apps.identity.admin.cells import EMPTY, code, day, record_url, tag, to
from apps.identity.admin.records import Facts, Table
from apps.identity.admin.trail import trail_table
from apps.projects.admin.project_acts import EDIT, LIFE
from apps.projects.admin.project_ends import end_facts
from apps.projects.admin.project_forms import NewProjectForm
from apps.projects.models import Project
from apps.projects.policy.days import last_day
from apps.projects.services import create_project
from apps.projects.states import ProjectStatus


def _budget(project: Project) -> str:
    if project.budget_amount is None:
        return "no limit"
    return f"{written(project.budget_amount, project.budget_currency)} without tax"


class ProjectAdmin(AddableAdmin[Project]):
    list_display = ("number", "title", "status_cell", "ends", "owner", "member_count")
    list_filter = ("status", "buyer_entity")
    list_select_related = ("buyer_entity", "owner")
    search_fields = ("number", "title")
    empty_hint = "No project yet. Add one: nobody gets a token or places an order without."
    add_form = NewProjectForm
    add_title = "Add a project"
    add_button = "Add"
    acts: ClassVar[Sequence[Act[Project]]] = (EDIT, *LIFE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).annotate(members_count=Count("members"))

    @admin.display(description="Status", ordering="status")
    def status_cell(self, project: Project) -> SafeString:
        return tag(project.status)

    @admin.display(description="Access ends", ordering="access_until")
    def ends(self, project: Project) -> SafeString | str:
        return day(last_day(project.access_until, timezone=project.buyer_entity.timezone))

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
            *end_facts(project),
        )

    def tables(self, request: HttpRequest, project: Project) -> Sequence[Table]:
        return trail_table(request, project.public_id)

    def add(self, request: HttpRequest, given: dict[str, Any]) -> HttpResponseBase:
        project = create_project(actor=actor_of(request), at=clock(), **given)
        begun = "a draft" if project.status == ProjectStatus.DRAFT else "open"
        tell(request, f"{project} is {begun}. Next: “Add a partner” lets one act in it.")
        return redirect(record_url(project))
