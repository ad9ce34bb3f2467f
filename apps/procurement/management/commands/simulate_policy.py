"""`simulate_policy`: what a client would be allowed to order, and why (spec 8)."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.partners.models import Role
from apps.partners.selectors import partner_by_public_id
from apps.procurement.formats.simulations import readable_simulation, simulation_body
from apps.procurement.money import PRICE_DECIMALS, InexactAmountError, parse_decimal
from apps.procurement.policy.purchasing.questions import Question
from apps.procurement.services.simulated_callers import (
    SimulatedCaller,
    fresh_caller,
    session_caller,
)
from apps.procurement.services.simulating import simulate
from apps.projects.models import Project
from apps.projects.selectors import project_by_reference


def money(text: str) -> Decimal:
    try:
        return parse_decimal(text, places=PRICE_DECIMALS)
    except InexactAmountError as error:
        raise ArgumentTypeError(str(error)) from error


def place(text: str) -> dict[str, str]:
    """`SE`, or with a postal code `SE-11122`; empty for an order that says no place."""
    country, _, postcode = text.upper().partition("-")
    said = {"country": country, "postcode": postcode}
    return {name: value for name, value in said.items() if value}


class Command(JsonCommand):
    help = (
        "Say what a client would be allowed to order, and why: by the rules and sums that its "
        "orders are held to. Nothing is written. Exit code 0 whatever the answer is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--client", metavar="CLIENT_ID", help="as it would stand with a token granted now"
        )
        parser.add_argument(
            "--session", metavar="ses_...", help="as this session stands, with its own limits"
        )
        parser.add_argument("--project", required=True, metavar="NUMBER|prj_...")
        parser.add_argument("--amount", required=True, type=money, help="without tax")
        parser.add_argument("--currency", required=True, help="such as EUR")
        parser.add_argument(
            "--category", action="append", default=[], help="of a line; may stand several times"
        )
        parser.add_argument("--vendor", metavar="ptr_...", default="")
        parser.add_argument("--ship-to", type=place, metavar="SE|SE-11122")
        parser.add_argument(
            "--role", choices=Role.values, default="", help="of whom the client acts for"
        )

    def handle_json(self, **options: Any) -> Result:
        at, vendor = self.now(), options["vendor"]
        project = project_by_reference(options["project"])
        question = Question(
            project=project.public_id,
            currency=options["currency"].upper(),
            amount=options["amount"],
            categories=frozenset(options["category"]),
            vendor=vendor,
            ship_to=options["ship_to"],
        )
        found = simulate(
            caller=self._caller(project, options),
            project=project,
            question=question,
            vendor=partner_by_public_id(vendor) if vendor else None,
            at=at,
        )
        return simulation_body(found)

    def lines(self, result: Result) -> Iterator[str]:
        return readable_simulation(result if isinstance(result, dict) else {})

    def _caller(self, project: Project, options: dict[str, Any]) -> SimulatedCaller:
        client, session = options["client"], options["session"]
        if bool(client) == bool(session):
            raise UsageError("Give either --client or --session.")
        if not session:
            return fresh_caller(client, project, role=options["role"], at=self.now())
        if options["role"]:
            raise UsageError("A session has its role already; leave --role out.")
        return session_caller(session, project, at=self.now())
