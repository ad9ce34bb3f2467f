"""`trace_order NUMBER|po_...`: an order back to contexts, sessions and proofs (spec 8)."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from apps.audit.management.command import JsonCommand, Result
from apps.procurement.formats.trace_summaries import summaries
from apps.procurement.formats.traces import traced_body
from apps.procurement.selectors.trace import trace_order


class Command(JsonCommand):
    help = "Trace an order's revisions to what authorised them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "order", metavar="NUMBER|po_...", help="its number, such as PO-2026-000123, or its id"
        )

    def handle_json(self, **options: Any) -> list[dict[str, Any]]:
        return [traced_body(traced) for traced in trace_order(options["order"])]

    def lines(self, result: Result) -> Iterator[str]:
        """Who did what in short, then all that is known of each revision."""
        yield from summaries(result if isinstance(result, list) else [])
        yield from super().lines(result)
