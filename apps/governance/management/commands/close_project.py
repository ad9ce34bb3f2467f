"""Close a project, or let it wind down first."""

import time
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.governance.selectors import plan_closing
from apps.governance.services.closing import MOST_WIND_DOWN_DAYS, close_project
from apps.projects.models import Project
from apps.projects.selectors import project_by_reference


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
            help=f"let what is under way be finished for so long, up to {MOST_WIND_DOWN_DAYS}",
        )

    def handle_json(self, **options: Any) -> Result:
        if not options["dry_run"] and not options["reason"].strip():
            raise UsageError("--reason is needed: say why, it stays in the trail.")
        project = project_by_reference(options["project"])
        if options["dry_run"]:
            return self._dry_run(project)
        closing = close_project(
            actor=self.operator(),
            at=self.now(),
            project=project,
            reason=options["reason"],
            wind_down_days=options["wind_down"],
            blockers_acknowledged=True,
        )
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

    def _dry_run(self, project: Project) -> Result:
        begun = time.monotonic()
        plan = plan_closing(project, at=self.now())
        return {
            "status": project.status,
            "blockers": plan.blockers,
            "counts": plan.counts,
            "sessions_ended": 0,
            "evidence_id": None,
            "elapsed_ms": round((time.monotonic() - begun) * 1000),
            "dry_run": True,
        }
