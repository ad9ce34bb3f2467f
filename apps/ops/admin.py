"""Scheduled jobs as staff see them: when each last ran, what it did, and running one now."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.audit.admin import ReadOnly
from apps.ops.models import JobHeartbeat, JobRun
from apps.ops.selectors import is_late
from apps.ops.services import request_run
from config.celery import SCHEDULE, app

if TYPE_CHECKING:
    RunModelAdmin = admin.ModelAdmin[JobRun]
    HeartbeatModelAdmin = admin.ModelAdmin[JobHeartbeat]
else:
    RunModelAdmin = HeartbeatModelAdmin = admin.ModelAdmin


@admin.register(JobRun)
class JobRunAdmin(ReadOnly, RunModelAdmin):
    list_display = ["job", "started_at", "seconds", "done", "succeeded"]
    list_filter = ["job"]
    date_hierarchy = "started_at"
    show_full_result_count = False
    fields = ["job", "started_at", "ended_at", "seconds", "done", "error"]

    @admin.display(description="seconds")
    def seconds(self, run: JobRun) -> str:
        return f"{(run.ended_at - run.started_at).total_seconds():.2f}"

    @admin.display(description="rows")
    def done(self, run: JobRun) -> str:
        return ", ".join(f"{name} {count}" for name, count in run.counts.items() if count)

    @admin.display(description="succeeded", boolean=True)
    def succeeded(self, run: JobRun) -> bool:
        return not run.error


@admin.register(JobHeartbeat)
class JobHeartbeatAdmin(ReadOnly, HeartbeatModelAdmin):
    list_display = ["job", "period", "at", "on_time"]
    list_display_links = None
    actions = ["run_now"]

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ops.run_job")

    @admin.display(description="every")
    def period(self, heartbeat: JobHeartbeat) -> str:
        seconds = SCHEDULE.get(heartbeat.job)
        return f"{seconds} s" if seconds else "no longer scheduled"

    @admin.display(description="on time", boolean=True)
    def on_time(self, heartbeat: JobHeartbeat) -> bool | None:
        seconds = SCHEDULE.get(heartbeat.job)
        if seconds is None:
            return None
        at = timezone.now()
        return not is_late(heartbeat.at, at=at, period=seconds)

    @admin.action(description="Run now", permissions=["run"])
    def run_now(self, request: HttpRequest, chosen: QuerySet[JobHeartbeat]) -> None:
        for job in chosen.filter(job__in=SCHEDULE).values_list("job", flat=True):
            at = timezone.now()
            request_run(actor=request.actor, at=at, job=job)  # type: ignore[attr-defined]  # set by StaffSessionMiddleware
            try:
                app.send_task(f"ops.{job}", retry=False, expires=SCHEDULE[job])
            except OperationalError:
                text = f"{job} was not started: the message broker does not answer."
                self.message_user(request, text, messages.ERROR)
            else:
                self.message_user(request, f"{job} was asked to run.", messages.SUCCESS)
