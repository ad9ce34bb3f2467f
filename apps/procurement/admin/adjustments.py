"""What an invoice adds and takes off, with the vendor's reasons: where most disputes begin."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from apps.identity.admin.cells import EMPTY
from apps.identity.admin.records import Table
from apps.procurement.models import Invoice
from apps.procurement.money import amount

HEAD = ("Part", "What", "Why", "Amount", "Tax")
Row = tuple[str, str, str, str, str]


def adjustments(invoice: Invoice) -> Table:
    """Of the whole first, then of each line."""
    whole = _rows("the whole", invoice.allowances, invoice.charges, invoice.currency)
    lines = (
        row
        for line in invoice.lines.select_related("line")
        for row in _rows(
            f"line {line.line.line_no}", line.allowances, line.charges, invoice.currency
        )
    )
    empty = "The invoice charges for its lines alone, and takes nothing off."
    return Table("Charges and allowances", HEAD, [*whole, *lines], empty)


def _rows(
    part: str,
    allowances: Iterable[dict[str, Any]],
    charges: Iterable[dict[str, Any]],
    currency: str,
) -> Iterator[Row]:
    for what, documents in (("charge", charges), ("allowance", allowances)):
        for one in documents:
            tax = one.get("tax")
            told = f"{tax['category']} {tax['rate']} %" if tax else EMPTY
            yield part, what, one["reason"], amount(Decimal(one["amount"]), currency), told
