"""Register a client; its secret is printed once."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.oauth.models.clients import AuthMethod, GrantType
from apps.oauth.policy.kinds import client_kind
from apps.oauth.services import register_client
from apps.partners.models import Role
from apps.partners.selectors import partner_by_public_id
from apps.projects.selectors import project_by_reference


class Command(JsonCommand):
    help = "Register a client. Its secret is printed once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--partner", metavar="ID", help="ptr_...")
        whose.add_argument("--internal", action="store_true", help="the buyer's own")
        parser.add_argument("--name", required=True)
        parser.add_argument("--auth", required=True, choices=AuthMethod.values)
        parser.add_argument("--role", choices=Role.values)
        parser.add_argument("--resource-server", action="store_true", help="it may introspect")
        for option, dest, known in (
            ("--grant", "grants", GrantType.values),
            ("--scope", "scopes", None),
            ("--project", "projects", None),
            ("--redirect-uri", "redirect_uris", None),
        ):
            parser.add_argument(option, action="append", default=[], dest=dest, choices=known)

    def handle_json(self, **options: Any) -> Result:
        partner = partner_by_public_id(options["partner"]) if options["partner"] else None
        new = register_client(
            actor=self.operator(),
            at=self.now(),
            name=options["name"],
            kind=client_kind(partner),
            auth_method=AuthMethod(options["auth"]),
            grant_types=_grants(**options),
            scopes=options["scopes"],
            role=Role(options["role"]) if options["role"] else None,
            partner=partner,
            projects=[project_by_reference(text) for text in options["projects"]],
            redirect_uris=options["redirect_uris"],
            is_resource_server=options["resource_server"],
        )
        shown = {"client_id": new.client.client_id, "client_secret": new.secret}
        return {name: value for name, value in shown.items() if value is not None}


def _grants(*, grants: list[str], resource_server: bool, **_options: Any) -> list[GrantType]:
    """A client acts for itself unless told otherwise; one that only introspects needs no grant."""
    if not grants and not resource_server:
        return [GrantType.CLIENT_CREDENTIALS]
    return [GrantType(name) for name in grants]
