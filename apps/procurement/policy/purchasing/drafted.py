"""What a draft buys, before there is an order."""

import uuid

from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.purchasing.purchases import Purchase
from apps.procurement.policy.totals import Totals


def purchase_of_draft(
    draft: OrderDraft,
    totals: Totals,
    *,
    project: uuid.UUID,
    vendor: uuid.UUID,
    points_at_lines: bool = False,
) -> Purchase:
    """With ``points_at_lines`` a refusal says which of the draft's lines it is about."""
    return Purchase(
        project=project,
        currency=draft.currency,
        amount=totals.tax_exclusive,
        categories=frozenset(line.category for line in draft.lines),
        vendor=vendor,
        ship_to=draft.ship_to or {},
        contract_ref=draft.contract_ref,
        lines=tuple(line.category for line in draft.lines) if points_at_lines else (),
    )


def asks_more(before: Purchase, after: Purchase) -> bool:
    """Whether the rules have something new to say: more money, another category, vendor, currency
    or place, or no contract any more.
    """
    return (
        after.amount > before.amount
        or bool(after.categories - before.categories)
        or (after.vendor, after.currency) != (before.vendor, before.currency)
        or after.ship_to != before.ship_to
        or (bool(before.contract_ref) and not after.contract_ref)
    )
