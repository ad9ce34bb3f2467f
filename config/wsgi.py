"""The WSGI entry point, for granian."""

import gc
import os

from django.core.wsgi import get_wsgi_application

_module = "local" if os.environ.get("ENVIRONMENT", "local") == "local" else "production"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{_module}")

application = get_wsgi_application()

# What was loaded stays, so the collector need not go through it again and again; and requests leave
# little behind that counting references does not free.
gc.freeze()
gc.set_threshold(10_000, 20, 20)
