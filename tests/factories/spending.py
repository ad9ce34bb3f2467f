"""Orders that cost something, the tokens that limit them, and what the ledger says of it."""

import dataclasses
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder, SpendAccount, SpendReservation, SpendState
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.services import create_order, submit_order
from apps.projects.models import Project
from tests.factories.procurement import asking, line_draft, order_draft
from tests.factories.world import World

ALL = ("create", "submit", "approve", "issue", "cancel", "hold", "change", "acknowledge")
ZERO = Decimal(0)


def entry(project: Project, **said: Any) -> dict[str, Any]:
    """Authorization details for a project; everything is granted unless told."""
    return {
        "type": "procurement_purchasing",
        "identifier": project.public_id,
        "actions": list(ALL),
        **said,
    }


def limit(amount: str, currency: str = "EUR", **said: Any) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, **said}


def limited(actor: Actor, *entries: dict[str, Any]) -> Actor:
    """The same caller with a token that carries these details."""
    return dataclasses.replace(actor, authorization_details=tuple(entries))


def costing(world: World, amount: str, **said: Any) -> OrderDraft:
    """One piece at this price; `category` is the line's, the rest the order's."""
    category = said.pop("category", "")
    line = line_draft(quantity=Decimal(1), unit_price=Decimal(amount), category=category)
    return order_draft(world, lines=(line,), **said)


def draft_of(world: World, actor: Actor, amount: str, **said: Any) -> PurchaseOrder:
    return create_order(actor=actor, at=datetime.now(tz=UTC), draft=costing(world, amount, **said))


def submitted(world: World, actor: Actor, amount: str, **said: Any) -> PurchaseOrder:
    order = draft_of(world, actor, amount, **said)
    return submit_order(**asking(order, actor))


def account(**of: Any) -> tuple[Decimal, Decimal]:
    """What is reserved and consumed on the account of a policy, session or project."""
    row = SpendAccount.objects.filter(**of).first()
    return (row.reserved, row.consumed) if row else (ZERO, ZERO)


def sums_of(account_id: uuid.UUID) -> tuple[Decimal, Decimal]:
    """The same from the rows, which the account must agree with."""
    rows = SpendReservation.objects.filter(account=account_id)
    found = dict(rows.values_list("state").annotate(Sum("amount")))
    return found.get(SpendState.RESERVED, ZERO), found.get(SpendState.CONSUMED, ZERO)


def require_balanced() -> None:
    """Every account is the sum of its rows."""
    for row in SpendAccount.objects.all():
        assert (row.reserved, row.consumed) == sums_of(row.pk), row


def amounts_by_state(order: PurchaseOrder) -> list[tuple[str, Decimal]]:
    rows = SpendReservation.objects.filter(order=order).order_by("id")
    return list(rows.values_list("state", "amount"))
