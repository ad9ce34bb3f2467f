"""The Celery app and the schedule: one row per job."""

import os

from celery import Celery

_module = "local" if os.environ.get("ENVIRONMENT", "local") == "local" else "production"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{_module}")

# Each job by its name and the seconds between its runs; its task is `ops.<name>`.
SCHEDULE: dict[str, int] = {
    "seal_audit": 2,
    "send_logouts": 5,
    "tell_bank_changes": 15,
    "end_dead_sessions": 30,
    "finish_offboardings": 60,
    "finish_project_closings": 60,
    "purge_expired": 300,
    "close_due_projects": 900,
    "tell_project_ends": 900,
    "rotate_keys": 3600,
}

app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    include=["apps.ops.tasks"],
    # A task is a wake-up: nobody waits for its result, one that comes too late is dropped, and
    # a worker takes no more than it can begin.
    task_ignore_result=True,
    task_acks_late=True,
    task_time_limit=300,
    worker_prefetch_multiplier=1,
    beat_schedule={
        name: {"task": f"ops.{name}", "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in SCHEDULE.items()
    },
)
