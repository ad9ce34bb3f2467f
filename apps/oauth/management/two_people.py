"""The two members of staff whom a command names for restricted scopes, and why they are given."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import UsageError
from apps.oauth.policy.reasons import read_reasons
from apps.oauth.services.two_people import TwoPeople, two_people


def add_people_arguments(parser: CommandParser) -> None:
    parser.add_argument("--reason", default="", help="why it needs its scopes")
    parser.add_argument(
        "--asked-by", metavar="EMAIL", help="for restricted scopes: who of staff asked"
    )
    parser.add_argument("--approved-by", metavar="EMAIL", help="and who else of staff approved")


def agreed_by(options: dict[str, Any]) -> TwoPeople | None:
    """Raises UsageError where one is named alone, ValidationFailedError for who may not."""
    asked_by, approved_by = options["asked_by"], options["approved_by"]
    if bool(asked_by) != bool(approved_by):
        raise UsageError("--asked-by and --approved-by go together.")
    return two_people(asked_by=asked_by, approved_by=approved_by) if asked_by else None


def reasons_given(options: dict[str, Any], scopes: Sequence[str]) -> dict[str, str]:
    return read_reasons(options["reason"], scopes)
