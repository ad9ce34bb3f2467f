"""`simulate_policy`: what a client would be allowed to order, and why (spec 8)."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.core.policy import COUNTRIES
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
from apps.procurement.services.simulated_people import person_caller
from apps.procurement.services.simulating import simulate
from apps.projects.models import Project
from apps.projects.policy import category_faults, written_alike
from apps.projects.selectors import project_by_reference, unlisted_categories


def money(text: str) -> Decimal:
    try:
        return parse_decimal(text, places=PRICE_DECIMALS)
    except InexactAmountError as error:
        fault = f"{text!r} is no plain decimal number of an order's size, such as 1000 or 12.50"
        raise ArgumentTypeError(fault) from error


def category(text: str) -> str:
    """As lines say it; empty for a line without one."""
    for fault in category_faults(written_alike([text]) if text else (), pointer=""):
        raise ArgumentTypeError(fault.detail)
    return text


def place(text: str) -> dict[str, str]:
    """`SE`, or with a postal code `SE-11122`; empty for an order that says no place."""
    country, _, postcode = text.upper().partition("-")
    if text and country not in COUNTRIES:
        fault = f"{text!r} is no place: write a country such as SE, or with a code SE-11122"
        raise ArgumentTypeError(fault)
    said = {"country": country, "postcode": postcode}
    return {name: value for name, value in said.items() if value}


class Command(JsonCommand):
    help = (
        "Say what a client or person would be allowed to order, and why: by the rules and sums "
        "that their orders are held to. Nothing is written. Exit code 0 whatever the answer is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--client", metavar="CLIENT_ID", help="as it would stand with a token granted now"
        )
        parser.add_argument(
            "--user",
            metavar="EMAIL",
            help="as this person would stand with a token granted now: to the client, or to none "
            "in particular",
        )
        parser.add_argument(
            "--session", metavar="ses_...", help="as this session stands, with its own limits"
        )
        parser.add_argument("--project", required=True, metavar="NUMBER|prj_...")
        parser.add_argument("--amount", required=True, type=money, help="without tax")
        parser.add_argument("--currency", required=True, help="such as EUR")
        parser.add_argument(
            "--category",
            action="append",
            default=[],
            type=category,
            metavar="CODE",
            help="of a line, such as 43211503; may stand several times",
        )
        parser.add_argument("--vendor", metavar="ptr_...", default="")
        parser.add_argument("--ship-to", type=place, metavar="SE|SE-11122")
        parser.add_argument(
            "--contract-ref", metavar="NUMBER", help="it is under; empty for an order under none"
        )
        parser.add_argument(
            "--role", choices=Role.values, default="", help="of whom the client acts for"
        )

    def handle_json(self, **options: Any) -> Result:
        at, vendor = self.now(), options["vendor"]
        project = project_by_reference(options["project"])
        for code in unlisted_categories(options["category"], project.buyer_entity_id):
            self.tell(f"note: {code} is neither a UNSPSC code nor in the buyer's own list")
        question = Question(
            project=project.public_id,
            currency=options["currency"].upper(),
            amount=options["amount"],
            categories=frozenset(options["category"]),
            vendor=vendor,
            ship_to=options["ship_to"],
            contract_ref=options["contract_ref"],
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
        client, user, session = options["client"], options["user"], options["session"]
        if bool(client or user) == bool(session):
            raise UsageError("Give --client, --user or both; or --session alone.")
        if (user or session) and options["role"]:
            raise UsageError("A person, or a session, has its role already; leave --role out.")
        if session:
            return session_caller(session, project, at=self.now())
        if user:
            return person_caller(user, project, client_id=client or "", at=self.now())
        return fresh_caller(client, project, role=options["role"], at=self.now())
