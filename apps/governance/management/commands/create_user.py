"""Add a person who can sign in: staff, somebody who acts for a partner, or neither."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.governance.services.onboarding import add_person
from apps.identity.models import StaffRole
from apps.partners.models import Role
from apps.partners.selectors import partner_by_public_id
from apps.projects.selectors import project_by_reference


class Command(JsonCommand):
    help = "Add a person who can sign in. The password is one line on standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--password-stdin", required=True, action="store_true")
        parser.add_argument("--name", default="")
        parser.add_argument("--partner", metavar="ID", help="the company the person acts for")
        parser.add_argument("--role", choices=Role.values, help="what the person is there")
        parser.add_argument("--staff-role", choices=StaffRole.values)
        parser.add_argument(
            "--project",
            action="append",
            default=[],
            dest="projects",
            help="number or prj_ id that one of the buyer's people may act in by the API",
        )

    def handle_json(self, **options: Any) -> Result:
        if bool(options["partner"]) != bool(options["role"]):
            raise UsageError("--partner and --role go together.")
        if options["partner"] and options["staff_role"]:
            raise UsageError("Staff of the buyer do not act for a partner: leave one out.")
        if options["partner"] and options["projects"]:
            raise UsageError("A partner's people act where the partner does: leave out --project.")
        user = add_person(
            actor=self.operator(),
            at=self.now(),
            email=options["email"],
            password=sys.stdin.readline().rstrip("\r\n"),
            name=options["name"],
            staff_role=StaffRole(options["staff_role"]) if options["staff_role"] else None,
            partner=partner_by_public_id(options["partner"]) if options["partner"] else None,
            role=options["role"] or "",
            projects=[project_by_reference(one) for one in options["projects"]],
        )
        return {"id": user.public_id}
