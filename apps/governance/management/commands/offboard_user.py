"""Throw a person out, staff or a partner's, in one act."""

from typing import Any

from django.core.management.base import CommandParser

from apps.governance.management.offboard import OffboardCommand
from apps.governance.models import Offboarding
from apps.governance.selectors import person_by_email
from apps.governance.services.offboarding import offboard_user
from apps.identity.models import User


class Command(OffboardCommand):
    help = "Throw a person out. When this ends, every process refuses them. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        super().add_arguments(parser)

    def subject(self, **options: Any) -> User:
        return person_by_email(options["email"])

    def offboard(self, subject: User, reason: str) -> Offboarding:
        return offboard_user(actor=self.operator(), at=self.now(), user=subject, reason=reason)
