"""Register a client; its secret is printed once."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.dateparse import parse_datetime

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.oauth.management.two_people import add_people_arguments, agreed_by, reasons_given
from apps.oauth.models.clients import (
    AuthMethod,
    ClientEnvironment,
    ClientPeople,
    GrantType,
    IdTokenAlgorithm,
    Profile,
)
from apps.oauth.policy.kinds import client_kind
from apps.oauth.policy.metadata import ClientMetadata
from apps.oauth.services import NewClient, register_client
from apps.partners.models import Role
from apps.partners.selectors import partner_by_public_id
from apps.projects.selectors import project_by_reference

LISTS = (
    ("--grant", "grants", GrantType.values),
    ("--scope", "scopes", None),
    ("--project", "projects", None),
    ("--redirect-uri", "redirect_uris", None),
    ("--post-logout-uri", "post_logout_redirect_uris", None),
    ("--cors-origin", "cors_origins", None),
    ("--network", "networks", None),
    ("--resource", "allowed_resources", None),
)


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
        parser.add_argument("--audience", default="", help="of a resource server, if not our API")
        for option, dest, known in LISTS:
            parser.add_argument(option, action="append", default=[], dest=dest, choices=known)
        keys = parser.add_mutually_exclusive_group()
        keys.add_argument("--jwks", metavar="FILE", help="its public keys, for private_key_jwt")
        keys.add_argument("--jwks-uri", default="", help="where it publishes them")
        keys.add_argument("--did", default="", help="did:key, did:jwk or did:web, for the same")
        parser.add_argument(
            "--backchannel-logout-uri", default="", help="where it hears that somebody signed out"
        )
        parser.add_argument("--api-key", action="store_true", help="it must show an API key, too")
        parser.add_argument("--profile", choices=Profile.values, default=Profile.STANDARD)
        parser.add_argument("--dpop", action="store_true", help="only sender-constrained tokens")
        parser.add_argument("--par", action="store_true", help="only pushed requests")
        parser.add_argument("--id-token-alg", choices=IdTokenAlgorithm.values)
        parser.add_argument(
            "--environment", choices=ClientEnvironment.values, default=ClientEnvironment.PRODUCTION
        )
        parser.add_argument("--people", choices=ClientPeople.values, help="whom it may act for")
        add_people_arguments(parser)
        parser.add_argument("--expires", metavar="TIME", help="such as 2027-01-31T00:00:00Z")

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
            metadata=_metadata(**options),
            with_api_key=options["api_key"],
            reasons=reasons_given(options, options["scopes"]),
            agreed_by=agreed_by(options),
        )
        return _shown(new)


def _shown(new: NewClient) -> Result:
    shown = {
        "client_id": new.client.client_id,
        "client_secret": new.secret,
        "api_key": new.api_key,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _grants(*, grants: list[str], resource_server: bool, **_options: Any) -> list[GrantType]:
    """A client acts for itself unless told otherwise; one that only introspects needs no grant."""
    if not grants and not resource_server:
        return [GrantType.CLIENT_CREDENTIALS]
    return [GrantType(name) for name in grants]


def _metadata(**options: Any) -> ClientMetadata:
    algorithm = options["id_token_alg"]
    return ClientMetadata(
        profile=Profile(options["profile"]),
        environment=ClientEnvironment(options["environment"]),
        people=ClientPeople(options["people"]) if options["people"] else None,
        client_jwks=_keys_in(options["jwks"]) if options["jwks"] else None,
        client_jwks_uri=options["jwks_uri"],
        did=options["did"],
        backchannel_logout_uri=options["backchannel_logout_uri"],
        post_logout_redirect_uris=options["post_logout_redirect_uris"],
        cors_origins=options["cors_origins"],
        allowed_resources=options["allowed_resources"],
        networks=options["networks"],
        audience=options["audience"],
        id_token_signed_response_alg=IdTokenAlgorithm(algorithm) if algorithm else None,
        dpop_bound_access_tokens=options["dpop"],
        require_pushed_authorization_requests=options["par"],
        expires_at=_moment(options["expires"]) if options["expires"] else None,
    )


def _keys_in(name: str) -> Any:
    """Raises UsageError when the file cannot be read as JSON; what is in it, the service judges."""
    try:
        return json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--jwks: {name} cannot be read as JSON.") from error


def _moment(text: str) -> datetime:
    """Raises UsageError."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError("--expires: a time with its zone, such as 2027-01-31T00:00:00Z.")
    return found
