"""Make a legacy API key; it is printed once."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.oauth.policy.api_keys import LOOPBACK
from apps.oauth.services.api_keys import create_api_key
from apps.partners.selectors import partner_by_public_id
from apps.projects.selectors import project_by_reference


class Command(JsonCommand):
    help = "Make an API key for a partner that cannot do OAuth yet. It is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", required=True, metavar="ID", help="ptr_...")
        parser.add_argument("--scope", required=True, action="append", dest="scopes")
        parser.add_argument("--days", required=True, type=int, help="1 to 90")
        parser.add_argument(
            "--network",
            action="append",
            default=[],
            dest="networks",
            metavar="CIDR",
            help="from where it is used; on a laptop, this machine unless told",
        )
        parser.add_argument("--project", action="append", default=[], dest="projects")
        parser.add_argument("--name", default="API key")

    def handle_json(self, **options: Any) -> Result:
        assumed = LOOPBACK if settings.ENVIRONMENT == "local" else ()
        new = create_api_key(
            actor=self.operator(),
            at=self.now(),
            partner=partner_by_public_id(options["partner"]),
            name=options["name"],
            scopes=options["scopes"],
            days=options["days"],
            networks=options["networks"] or assumed,
            projects=[project_by_reference(text) for text in options["projects"]],
        )
        return {
            "key": new.key,
            "id": new.api_key.public_id,
            "networks": new.api_key.networks,
            "expires_at": new.api_key.session.expires_at,
        }
