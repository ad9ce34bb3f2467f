"""The evidence of each closing of a project: what was not settled, what it ended, how far it is."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from apps.governance.admin.blockers import blocker_rows
from apps.governance.admin.closing_words import ENDED, ended, how_of, progress_of, report
from apps.governance.models import ProjectClosing
from apps.identity.admin.cells import EMPTY, link, tag, to, when
from apps.identity.admin.records import Facts, RecordAdmin, Table
from apps.identity.admin.trail import trail_table


def _refused(closing: ProjectClosing) -> str:
    known = closing.refused_after_ms
    return EMPTY if known is None else f"{known} ms"


@admin.register(ProjectClosing)
class ProjectClosingAdmin(RecordAdmin[ProjectClosing]):
    list_display = ("project", "how", "started", "by", "progress", "ended_sessions")
    list_select_related = ("project",)
    search_fields = ("project__number", "project__title", "actor_label", "reason")
    date_hierarchy = "started_at"
    empty_hint = "No project has closed yet. The page of a project has “Close”."

    def title_of(self, closing: ProjectClosing) -> str:
        return f"Closing of {closing.project}"

    @admin.display(description="How")
    def how(self, closing: ProjectClosing) -> str:
        return how_of(closing)

    @admin.display(description="By", ordering="actor_label")
    def by(self, closing: ProjectClosing) -> str:
        return closing.actor_label

    @admin.display(description="Sessions ended", ordering="sessions_ended")
    def ended_sessions(self, closing: ProjectClosing) -> int:
        return closing.sessions_ended

    @admin.display(description="When", ordering="started_at")
    def started(self, closing: ProjectClosing) -> SafeString | str:
        return when(closing.started_at)

    @admin.display(description="Progress")
    def progress(self, closing: ProjectClosing) -> SafeString:
        return progress_of(closing)

    def facts(self, _request: HttpRequest, closing: ProjectClosing) -> Facts:
        download = reverse("admin:governance_projectclosing_report", args=[closing.pk])
        return (
            ("Project", to(closing.project)),
            ("Now", tag(closing.project.status)),
            ("Why", closing.reason),
            ("By", closing.actor_label),
            ("When", when(closing.started_at)),
            ("Winds down until", when(closing.wind_down_until)),
            ("Refused everywhere after", _refused(closing)),
            ("Progress", progress_of(closing)),
            ("Finished", when(closing.finished_at)),
            ("Report", link("As JSON", download)),
        )

    def tables(self, request: HttpRequest, closing: ProjectClosing) -> Sequence[Table]:
        counts = ended(closing)
        rows = [(counts[kind], what) for kind, what in ENDED.items() if kind in counts]
        unsettled = blocker_rows(closing.project, closing.blockers)
        return (
            Table("What it ended", ("How many", "What"), rows, "Nothing."),
            Table("What was not settled", ("How many", "What"), unsettled, "Nothing."),
            *trail_table(request, closing.project.public_id),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.report_view)
        own = path("<path:object_id>/report/", view, name="governance_projectclosing_report")
        return [own, *super().get_urls()]

    def report_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        closing = self.record_of(request, object_id)
        name = f"attachment; filename={closing.public_id}.json"
        return JsonResponse(report(closing), headers={"Content-Disposition": name})
