"""A project's page with what ends it. It stands here because ending access needs every app."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.html import format_html

from apps.governance.admin.blockers import blocker_rows
from apps.governance.admin.closing_clients import client_lines
from apps.governance.admin.closing_forms import CloseForm, ReopenForm
from apps.governance.admin.closing_table import closings_table
from apps.governance.admin.member_words import members_table
from apps.governance.admin.members import MEMBERS
from apps.governance.selectors import plan_closing
from apps.governance.services.closing import close_project
from apps.governance.services.closing_rows import BATCH
from apps.governance.services.reopening import reopen_project
from apps.identity.admin.acts import Act, actor_of, clock
from apps.identity.admin.cells import many, record_url
from apps.identity.admin.records import Table
from apps.oauth.admin.project_sessions import project_sessions
from apps.procurement.admin.spending import project_spending
from apps.projects.admin.project_rules import rules_tables
from apps.projects.admin.projects import ProjectAdmin
from apps.projects.models import Project
from apps.projects.states import ProjectStatus

Given = dict[str, Any]
FINAL = "This cannot be undone: should it open again, no session, token or key comes back."


def _close(request: HttpRequest, project: Project, given: Given) -> HttpResponseBase:
    closing = close_project(
        actor=actor_of(request),
        at=clock(),
        project=project,
        reason=given["reason"],
        wind_down_days=int(given["wind_down_days"]),
        blockers_acknowledged=given.get("acknowledged", False),
        most_rows=BATCH,
    )
    return redirect(record_url(closing))


def _reopen(request: HttpRequest, project: Project, given: Given) -> str:
    reopen_project(
        actor=actor_of(request),
        at=clock(),
        project=project,
        reason=given["reason"],
        ends_on=given["ends_on"],
    )
    return f"{project.number} is open again. Members ask for new access; none from before is back."


def _explain_close(_request: HttpRequest, project: Project) -> Sequence[object]:
    plan = plan_closing(project, at=clock())
    counts = plan.counts
    rows = blocker_rows(project, plan.blockers)
    sessions, keys = many(counts["sessions"], "live session"), many(counts["api_keys"], "API key")
    return (
        *(format_html("Not settled: {} {}", count, what) for count, what in rows),
        f"Ends at once, in every process: {sessions} and {keys} for it alone.",
        f"{many(counts['sessions_narrowed'], 'session')} for other projects too: go on there.",
        *client_lines(plan.clients),
        f"{many(counts['consents'], 'standing consent')} no longer cover it.",
        FINAL,
    )


def _explain_reopen(_request: HttpRequest, project: Project) -> Sequence[object]:
    return (
        f"Members may ask for new tokens and act in {project} again.",
        "No session, token or API key from before comes back, and people are asked again.",
    )


CLOSE = Act(
    name="close",
    step_up=True,
    label="Close",
    permission="projects.delete_project",
    explain=_explain_close,
    perform=_close,
    form=CloseForm,
    applies=lambda project: project.status != ProjectStatus.CLOSED,
    takes_away=True,
)
REOPEN = Act(
    name="reopen",
    step_up=True,
    label="Reopen",
    permission="governance.change_projectclosing",
    explain=_explain_reopen,
    perform=_reopen,
    form=ReopenForm,
    applies=lambda project: project.status == ProjectStatus.CLOSED,
)


@admin.register(Project)
class ClosableProjectAdmin(ProjectAdmin):
    acts: ClassVar[Sequence[Act[Project]]] = (*ProjectAdmin.acts, *MEMBERS, REOPEN, CLOSE)

    def tables(self, request: HttpRequest, project: Project) -> Sequence[Table]:
        return (
            members_table(request, project),
            *project_sessions(request, project),
            *rules_tables(request, project),
            *project_spending(request, project),
            *closings_table(project),
            *super().tables(request, project),
        )
