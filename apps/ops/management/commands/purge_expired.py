"""Run the purge now, or see what it would delete (spec 8)."""

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.ops.services import purge_expired, run_job


def seconds(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is no whole number of seconds above 0")
    return int(text)


class Command(JsonCommand):
    help = "Delete expired tokens, codes, sign-ins and remembered requests, batch by batch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")
        parser.add_argument("--seconds", type=seconds, default=30, help="stop after this time")

    def handle_json(self, **options: Any) -> Result:
        budget, dry_run = options["seconds"], options["dry_run"]
        if dry_run:
            return purge_expired(at=self.now(), seconds=budget, dry_run=True)
        return run_job(
            name="purge_expired",
            work=lambda: purge_expired(at=self.now(), seconds=budget),
            clock=self.now,
        )
