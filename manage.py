#!/usr/bin/env python
"""Django's entry point; the settings follow ENVIRONMENT (local unless it says otherwise)."""

import os
import sys


def main() -> None:
    environment = os.environ.get("ENVIRONMENT", "local")
    module = "local" if environment == "local" else "production"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{module}")
    from django.conf import settings  # noqa: PLC0415 -- as above
    from django.core.management import (  # noqa: PLC0415 -- Django must see the variable above first
        execute_from_command_line,
    )

    from config.env import BadVariable  # noqa: PLC0415 -- as above

    try:
        # Django's own commands would go on without settings and fail with another error.
        _ = settings.INSTALLED_APPS
        execute_from_command_line(sys.argv)
    except BadVariable as error:
        # What an operator mistyped is one sentence, not a page of traceback.
        sys.exit(str(error))


if __name__ == "__main__":
    main()
