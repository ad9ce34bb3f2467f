"""`trace_order NUMBER`: an order back to authorization contexts, sessions and proofs (spec 8)."""

from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand
from apps.procurement.formats.traces import traced_body
from apps.procurement.selectors.trace import trace_order


class Command(JsonCommand):
    help = "Trace an order's revisions to what authorised them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the order's number, such as PO-2026-000123")

    def handle_json(self, **options: Any) -> list[dict[str, Any]]:
        return [traced_body(traced) for traced in trace_order(options["number"])]
