"""Give a client a second live secret; the present one is accepted until the overlap ends."""

from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.oauth.selectors import client_by_client_id
from apps.oauth.services import rotate_secret

MOST_HOURS = 24 * 365


def hours(text: str) -> timedelta:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= MOST_HOURS:
        raise ArgumentTypeError(f"{text!r} is no number of hours from 0 to {MOST_HOURS}")
    return timedelta(hours=value)


class Command(JsonCommand):
    help = (
        "Give a client a new secret, printed once; the present one lives on for the overlap, 24 "
        "hours unless told. Two live at most: one from an earlier rotation ends now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client_id", metavar="CLIENT_ID")
        parser.add_argument("--overlap", type=hours, default=hours("24"), metavar="HOURS")

    def handle_json(self, **options: Any) -> Result:
        done = rotate_secret(
            actor=self.operator(),
            at=self.now(),
            client=client_by_client_id(options["client_id"]),
            overlap=options["overlap"],
        )
        shown = {
            "client_secret": done.secret,
            "previous_expires_at": done.previous_expires_at,
            "earlier_secret_ended_before": done.cut_off,
        }
        return {name: value for name, value in shown.items() if value is not None}
