"""Close a project, or let it wind down first."""

import time
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.governance.formats.blockers import blockers_in_words
from apps.governance.models import ProjectClosing
from apps.governance.selectors import closing_of, plan_closing
from apps.governance.services.closing import DAYS_IN_WORDS, close_project
from apps.oauth.selectors.acting_clients import ActingClient
from apps.projects.models import Project
from apps.projects.selectors import project_by_reference
from apps.projects.states import ProjectStatus


class Command(JsonCommand):
    help = "Close a project. When this ends, every process refuses it. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="ID", help="its number, or prj_...")
        parser.add_argument("--reason", default="", help="why; it stays in the trail")
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument(
            "--wind-down",
            type=int,
            default=0,
            metavar="DAYS",
            help=f"let what is under way be finished for {DAYS_IN_WORDS}",
        )

    def handle_json(self, **options: Any) -> Result:
        if not options["dry_run"] and not options["reason"].strip():
            raise UsageError("--reason is needed: say why, it stays in the trail.")
        project = project_by_reference(options["project"])
        if options["dry_run"]:
            return self._dry_run(project)
        at = self.now()
        closing = close_project(
            actor=self.operator(),
            at=at,
            project=project,
            reason=options["reason"],
            wind_down_days=options["wind_down"],
            blockers_acknowledged=True,
        )
        self._tell(closing, is_new=closing.started_at == at)
        return {
            "status": project.status,
            "blockers": closing.blockers,
            "sessions_ended": closing.sessions_ended,
            "sessions_narrowed": closing.sessions_narrowed,
            "counts": closing.counts,
            "wind_down_until": closing.wind_down_until,
            "evidence_id": closing.public_id,
            "refused_after_ms": closing.refused_after_ms,
            "elapsed_ms": closing.elapsed_ms,
        }

    def _tell(self, closing: ProjectClosing, *, is_new: bool) -> None:
        """Closing asks for no further flag (ADR 0023), but says plainly what it closed over."""
        if not is_new:
            self.tell(f"{_already(closing.project)}. What follows was noted then.")
        elif unsettled := blockers_in_words(closing.blockers):
            self.tell(f"Not settled, and closed over all the same: {'; '.join(unsettled)}.")

    def _dry_run(self, project: Project) -> Result:
        if project.status == ProjectStatus.CLOSED:
            return _nothing_to_do(project)
        begun = time.monotonic()
        plan = plan_closing(project, at=self.now())
        if unsettled := blockers_in_words(plan.blockers):
            self.tell(f"Not settled: {'; '.join(unsettled)}. Closing closes over that.")
        return {
            "status": project.status,
            "blockers": plan.blockers,
            "counts": plan.counts,
            "clients": [_told(one) for one in plan.clients],
            "sessions_ended": 0,
            "evidence_id": None,
            "elapsed_ms": round((time.monotonic() - begun) * 1000),
            "dry_run": True,
        }


def _already(project: Project) -> str:
    return f"{project.number} is {project.get_status_display().lower()} already: nothing to do"


def _nothing_to_do(project: Project) -> Result:
    """In place of counts, all of which would be nothing."""
    done = closing_of(project)
    return {
        "status": project.status,
        "detail": f"{_already(project)}.",
        "blockers": {},
        "sessions_ended": 0,
        "evidence_id": done.public_id if done else None,
        "elapsed_ms": 0,
        "dry_run": True,
    }


def _told(acting: ActingClient) -> dict[str, object]:
    client = acting.client
    return {
        "client_id": client.client_id,
        "name": client.name,
        "partner": client.partner.name if client.partner else None,
        "acts_by": "name" if acting.names_it else "membership",
        "goes_on_in_others": acting.keeps_others,
    }
