"""The Celery app and the schedule: one row per job."""

import os

from celery import Celery

_module = "local" if os.environ.get("ENVIRONMENT", "local") == "local" else "production"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{_module}")

app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.include = ["apps.ops.tasks"]
