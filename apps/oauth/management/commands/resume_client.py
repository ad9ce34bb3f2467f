"""Let a suspended client ask for new tokens."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.oauth.selectors import client_by_client_id
from apps.oauth.services import resume_client


class Command(JsonCommand):
    help = "Let a suspended client ask for new tokens. No session from before comes back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", metavar="CLIENT_ID")
        parser.add_argument("--reason", required=True)

    def handle_json(self, **options: Any) -> Result:
        client = client_by_client_id(options["client_id"])
        resume_client(actor=self.operator(), at=self.now(), client=client, reason=options["reason"])
        self.tell(f"{client} may ask for new tokens. No session from before came back.")
        return {"sessions_ended": 0}
