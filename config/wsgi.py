"""The WSGI entry point, for granian."""

import os

from django.core.wsgi import get_wsgi_application

_module = "local" if os.environ.get("ENVIRONMENT", "local") == "local" else "production"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{_module}")

application = get_wsgi_application()
