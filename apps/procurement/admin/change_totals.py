"""What an order comes to as it is, and as a proposal of change would have it."""

from collections.abc import Collection

from apps.core.money import written
from apps.identity.admin.records import Table
from apps.procurement.admin.change_rows import base_content
from apps.procurement.models import OrderChange
from apps.procurement.policy.contents import draft_of_content
from apps.procurement.policy.totals import order_totals
from apps.procurement.services.purchasing.proposed import would_be

TITLE, HEAD = "What the order comes to", ("What", "Now", "With the change")
BEYOND = {
    "vendor": "another vendor",
    "ship-to": "another place to ship to",
    "new-line": "a new line",
    "amount": "a larger amount or a higher price",
}


def totals_table(change: OrderChange) -> Table:
    """Beside what it came to when the change was proposed."""
    content = base_content(change)
    if not content:
        return Table(TITLE, HEAD, (), "What it was proposed against is not known.")
    draft, after = would_be(content, change.diff)
    now, base = draft_of_content(content), order_totals(draft_of_content(content))
    rows = [
        (name, written(first, now.currency), written(second, draft.currency))
        for name, first, second in (
            ("Without tax", base.tax_exclusive, after.tax_exclusive),
            ("With tax", base.tax_inclusive, after.tax_inclusive),
        )
    ]
    return Table(TITLE, HEAD, rows, "")


def beyond_in_words(exceeds: Collection[str]) -> str:
    return ", ".join(BEYOND.get(one, one) for one in exceeds)
