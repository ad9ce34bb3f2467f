"""Load exchange rates from a file, as a central bank publishes them."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.projects.policy.rate_lines import read_rates
from apps.projects.services import add_exchange_rates


class Command(JsonCommand):
    help = "Load exchange rates. The same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            metavar="FILE",
            type=Path,
            help="lines of date,currency,rate: what one unit of the base is worth that day",
        )
        parser.add_argument("--base", required=True, metavar="CURRENCY", help="such as EUR")
        parser.add_argument("--source", required=True, help='whose rates these are, such as "ECB"')

    def handle_json(self, **options: Any) -> Result:
        done = add_exchange_rates(
            actor=self.operator(),
            at=self.now(),
            base=options["base"],
            source=options["source"],
            rates=read_rates(_lines(options["file"])),
        )
        return {"added": len(done.added), "known": done.known}


def _lines(file: Path) -> list[str]:
    """Raises UsageError where there is no text to read."""
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
