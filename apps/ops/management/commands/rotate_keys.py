"""Rotate the token signing keys now, as far as they are due (spec 8)."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.oauth.services.keys import rotate_keys, successors_due
from apps.ops.services import run_job


class Command(JsonCommand):
    help = "Publish, use and retire signing keys as they are due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            action="store_true",
            help="do not wait for a key's age: publish a successor now, or use the one that has "
            "been published for ten minutes",
        )

    def handle_json(self, **options: Any) -> Result:
        early = options["now"]
        done = run_job(
            name="rotate_keys",
            work=lambda: rotate_keys(at=self.now(), actor=self.operator(), early=early),
            clock=self.now,
        )
        due = successors_due(early=early)
        if due is not None:
            self.tell(f"A successor is published; it can be used from {due:%Y-%m-%d %H:%M:%S} UTC.")
        return done
