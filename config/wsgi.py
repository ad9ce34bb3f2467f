"""The WSGI entry point, for granian."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections

from config.postgresql.waiting import wait_no_longer

_module = "local" if os.environ.get("ENVIRONMENT", "local") == "local" else "production"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{_module}")

application = get_wsgi_application()

# Somebody waits for a request's answer. Jobs and commands begin elsewhere, and wait.
wait_no_longer(
    connections.settings["default"],
    lock=settings.WEB_LOCK_TIMEOUT,
    statement=settings.WEB_STATEMENT_TIMEOUT,
)
connections.close_all()

# What was loaded stays, so the collector need not go through it again and again; and requests leave
# little behind that counting references does not free.
gc.freeze()
gc.set_threshold(10_000, 20, 20)
