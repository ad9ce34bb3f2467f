"""Let a partner in: the company, its contact, its projects and a client with its secret."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.governance.services.onboarding import onboard_partner
from apps.oauth.management.two_people import add_people_arguments, agreed_by, reasons_given
from apps.partners.models import PartnerKind, Role
from apps.projects.selectors import project_by_reference


class Command(JsonCommand):
    help = "Let a partner in. The client's secret is printed once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--kind", required=True, choices=PartnerKind.values)
        parser.add_argument("--contact", required=True, metavar="EMAIL")
        parser.add_argument("--role", choices=Role.values, help="of the client")
        parser.add_argument("--scope", action="append", default=[], dest="scopes")
        parser.add_argument(
            "--project", action="append", default=[], dest="projects", help="number or prj_ id"
        )
        add_people_arguments(parser)

    def handle_json(self, **options: Any) -> Result:
        done = onboard_partner(
            actor=self.operator(),
            at=self.now(),
            name=options["name"],
            kind=options["kind"],
            contact_email=options["contact"],
            role=Role(options["role"]) if options["role"] else None,
            scopes=options["scopes"],
            reasons=reasons_given(options, options["scopes"]),
            agreed_by=agreed_by(options),
            projects=[project_by_reference(text) for text in options["projects"]],
        )
        partner = done.partner
        return {
            "partner": {"id": partner.public_id, "name": partner.name, "kind": partner.kind},
            "client": {"client_id": done.client.client_id, "client_secret": done.client_secret},
        }
