"""Taxes, allowances and charges of a draft as JSON, and back."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from apps.procurement.money import plain
from apps.procurement.policy.drafts import AdjustmentDraft, Tax

Document = Mapping[str, Any]


def tax_of(document: Document) -> Tax:
    return Tax(document["category"], Decimal(document["rate"]))


def adjustments_of(documents: Iterable[Document]) -> tuple[AdjustmentDraft, ...]:
    return tuple(
        AdjustmentDraft(
            reason=said["reason"],
            amount=Decimal(said["amount"]),
            tax=tax_of(said["tax"]) if "tax" in said else None,
        )
        for said in documents
    )


def adjustment_documents(adjustments: Iterable[AdjustmentDraft]) -> list[dict[str, str]]:
    return [{"reason": one.reason, "amount": plain(one.amount)} for one in adjustments]
