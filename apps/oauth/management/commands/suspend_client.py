"""Refuse a client at once, until it is resumed."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.oauth.selectors import client_by_client_id
from apps.oauth.services import suspend_client


class Command(JsonCommand):
    help = "Refuse a client at once, in every process, and end its sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", metavar="CLIENT_ID")
        parser.add_argument("--reason", required=True)

    def handle_json(self, **options: Any) -> Result:
        ended = suspend_client(
            actor=self.operator(),
            at=self.now(),
            client=client_by_client_id(options["client_id"]),
            reason=options["reason"],
        )
        return {"sessions_ended": ended}
