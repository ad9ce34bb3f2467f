"""What is not settled in a project, in words."""

from collections.abc import Mapping

# By kind, in the order they are told: for one and for many.
WORDS: dict[str, tuple[str, str]] = {
    "draft_orders": ("draft order", "draft orders"),
    "pending_orders": ("order waits for approval", "orders wait for approval"),
    "open_orders": ("open order", "open orders"),
    "open_changes": ("proposed change is not answered", "proposed changes are not answered"),
    "unreceived_orders": ("order is not received in full", "orders are not received in full"),
    "unmatched_invoices": ("invoice is not decided", "invoices are not decided"),
    "unpaid_invoices": ("invoice is not paid", "invoices are not paid"),
}


def blockers_in_words(blockers: Mapping[str, int]) -> list[str]:
    """`1 open order`, `2 invoices are not paid`; none where all is settled."""
    counted = [(blockers.get(kind, 0), words) for kind, words in WORDS.items()]
    return [f"{count} {words[count != 1]}" for count, words in counted if count]
