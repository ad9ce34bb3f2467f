#!/usr/bin/env python
"""Django's entry point; the settings follow ENVIRONMENT (local unless it says otherwise)."""

import os
import sys


def main() -> None:
    environment = os.environ.get("ENVIRONMENT", "local")
    module = "local" if environment == "local" else "production"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{module}")
    from django.core.management import (  # noqa: PLC0415 -- Django must see the variable above first
        execute_from_command_line,
    )

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
