"""Recompute the Merkle log; exit code 1 when it is not what was sealed and signed (spec 8)."""

import json
import re
from argparse import ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result, UsageError
from apps.audit.selectors import verify_log

JWS = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]+", re.ASCII)


def sequence(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no position in the log; they count from 0")
    return int(text)


def kept_checkpoint(text: str) -> str:
    """A checkpoint as its compact JWS, or a file with it or with what this command printed."""
    if JWS.fullmatch(text):
        return text
    try:
        found = Path(text).read_text(encoding="utf-8").strip()
        if found.startswith("{"):
            found = str(json.loads(found).get("checkpoint"))
    except (OSError, ValueError):
        found = ""
    if not JWS.fullmatch(found):
        raise ArgumentTypeError(f"{text!r} is no checkpoint and no file with one")
    return found


class Command(JsonCommand):
    help = "Recompute every leaf, node and checkpoint of the trail and name the first bad position."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", type=sequence, metavar="SEQ", dest="first")
        parser.add_argument("--to", type=sequence, metavar="SEQ", dest="last")
        parser.add_argument(
            "--checkpoint",
            type=kept_checkpoint,
            metavar="FILE|JWS",
            dest="kept",
            help="one kept outside: the log must have its root at its size",
        )

    def handle_json(self, **options: Any) -> Result:
        first, last = options["first"], options["last"]
        if first is not None and last is not None and first > last:
            raise UsageError("--from lies behind --to.")
        return asdict(verify_log(at=self.now(), first=first, last=last, kept=options["kept"]))

    def refusal(self, result: Result) -> str:
        found = dict(result) if isinstance(result, dict) else {}
        if found["ok"]:
            return ""
        place = "" if found["first_bad"] is None else f", from position {found['first_bad']} on"
        return f"The trail is not what was sealed and signed{place}."
