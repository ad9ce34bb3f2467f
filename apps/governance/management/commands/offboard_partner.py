"""Throw a partner out, with its clients and people, in one act."""

from typing import Any

from django.core.management.base import CommandParser

from apps.governance.management.offboard import OffboardCommand
from apps.governance.models import Offboarding
from apps.governance.services.offboarding import offboard_partner
from apps.partners.models import Partner
from apps.partners.selectors import partner_by_public_id


class Command(OffboardCommand):
    help = "Throw a partner out. When this ends, every process refuses it. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("partner", metavar="ID", help="ptr_...")
        super().add_arguments(parser)

    def subject(self, **options: Any) -> Partner:
        return partner_by_public_id(options["partner"])

    def offboard(self, subject: Partner, reason: str) -> Offboarding:
        return offboard_partner(
            actor=self.operator(), at=self.now(), partner=subject, reason=reason
        )
