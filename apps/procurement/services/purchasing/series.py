"""Orders that count as one against a threshold: one requester's to one vendor, soon after another
(reference 2d no. 12). All programs of an integration partner are one requester.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import OuterRef, Q, QuerySet, UUIDField, Value

from apps.core.actor import Actor
from apps.core.ids import encode_id
from apps.procurement.models import ApprovalStep, PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.purchasing import Earlier, Purchase, RuleBook
from apps.procurement.policy.purchasing.converting import in_units
from apps.procurement.policy.purchasing.thresholds import POLICY_SPLIT_DAYS
from apps.procurement.services.purchasing.approved import approved_in_orders, said_in
from apps.procurement.services.purchasing.measuring import OtherOrder, sums_by_rule
from apps.procurement.services.purchasing.proposed import proposals_in_orders, proposed_in
from apps.procurement.services.turns import number_of, take_turn
from apps.procurement.states import OrderStatus
from apps.projects.models import ApprovalRule

NOBODY = Value([], output_field=ArrayField(UUIDField()))
ENDED = (OrderStatus.DRAFT, OrderStatus.CANCELLED)


class _Row(NamedTuple):
    """Its columns, and what the statement adds."""

    number: str
    submitted_at: datetime
    currency: str
    tax_exclusive: Decimal
    amount_base: Decimal | None
    fx_rate: Decimal | None
    categories: list[str]
    proposals: list[dict[str, Any]]
    approved: dict[str, Any] | None
    asked: list[uuid.UUID | None]


@dataclass(frozen=True)
class Series:
    """The other orders of a requester, and what they come to by rule."""

    orders: Sequence[OtherOrder]
    sums: Earlier


NO_SERIES = Series((), {})


def has_thresholds(book: RuleBook) -> bool:
    return bool(book.thresholds) or any(rule.approval_from is not None for rule in book.rules)


def series_of(
    *,
    actor: Actor,
    purchase: Purchase,
    book: RuleBook,
    at: datetime,
    besides: uuid.UUID | None,
    asked_since: datetime | None = None,
) -> Series:
    """What the same person or program, the same session, or another of the same partner has
    ordered from the vendor within the days that the rules name, neither cancelled nor sent back,
    each with what is proposed to it; one statement, and one more where some of it has to be
    converted. What people were asked about ``asked_since`` a moment is left out of their rule's
    sum: what is asked about now counted there.
    """
    if purchase.vendor is None or not has_thresholds(book):
        return NO_SERIES
    days = max([POLICY_SPLIT_DAYS, *(one.split_days for one in book.thresholds)])
    same = Q(submitted_by=actor.id)
    if actor.session_id is not None:
        same |= Q(created_by_session=actor.session_id)
    if actor.partner_id is not None:
        same |= Q(created_by_session__partner=actor.partner_id)
    orders = PurchaseOrder.objects.filter(
        same,
        vendor=purchase.vendor,
        buyer_entity=book.buyer_entity,
        submitted_at__gt=at - timedelta(days=days),
    )
    standing = orders.exclude(status__in=ENDED)
    counted = standing.exclude(pk=besides) if besides else standing
    found = _orders(counted, book, asked_since)
    return Series(found, sums_by_rule(found, book, at)) if found else NO_SERIES


def series_in_turn(
    *, actor: Actor, purchase: Purchase, book: RuleBook, at: datetime, besides: uuid.UUID
) -> Series:
    """The same for who asks for approvals: one after the other does, for two halves would not see
    each other. Wants the row locked of the order that is left out.
    """
    if not has_thresholds(book):
        return NO_SERIES
    take_turn(number_of("series", actor.partner_id or actor.id, purchase.vendor))
    return series_of(actor=actor, purchase=purchase, book=book, at=at, besides=besides)


def _orders(
    orders: QuerySet[PurchaseOrder], book: RuleBook, asked_since: datetime | None
) -> list[OtherOrder]:
    lines = PurchaseOrderLine.objects.filter(order=OuterRef("pk")).order_by()
    named = orders.annotate(
        categories=ArraySubquery(lines.values("category").distinct()),
        proposals=proposals_in_orders(),
        approved=approved_in_orders(),
        asked=_asked(asked_since) if asked_since else NOBODY,
    )
    found = named.order_by("submitted_at", "pk").values_list(*_Row._fields)
    return [_at_most(_Row(*row), book) for row in found]


def _asked(since: datetime) -> ArraySubquery:
    """The rules whose people were asked about an order since then."""
    steps = ApprovalStep.objects.filter(
        order=OuterRef("pk"), change__isnull=True, created_at__gt=since
    )
    return ArraySubquery(steps.order_by().values("rule"))


def _at_most(row: _Row, book: RuleBook) -> OtherOrder:
    """With the dearest of what is proposed and of what was approved, for it may be raised to that
    again, and in every category of these.
    """
    may_be = [*proposed_in(row.proposals), *([said_in(row.approved)] if row.approved else [])]
    named = frozenset(line.category for one in may_be for line in one.draft.lines)
    amount = max([row.tax_exclusive, *(one.totals.tax_exclusive for one in may_be)])
    base = row.amount_base
    if base is not None and row.fx_rate is not None and amount > row.tax_exclusive:
        base = max(base, in_units(amount, row.fx_rate, book.base_currency))
    return OtherOrder(
        number=row.number,
        submitted_at=row.submitted_at,
        currency=row.currency,
        amount=amount,
        amount_base=base,
        categories=named.union(row.categories),
        spoken_of=frozenset(_name_of(rule) for rule in row.asked),
    )


def _name_of(rule: uuid.UUID | None) -> str:
    """As thresholds name a rule; "" where a policy asked."""
    return encode_id(ApprovalRule.id_prefix, rule) if rule else ""


def purchase_of(order: PurchaseOrder) -> Purchase:
    """What the order buys. Wants it with its lines."""
    categories = tuple(line.category for line in order.lines.all())
    return Purchase(
        project=order.project_id,
        currency=order.currency,
        amount=order.tax_exclusive,
        categories=frozenset(categories),
        vendor=order.vendor_id,
        ship_to=order.ship_to or {},
        contract_ref=order.contract_ref,
        lines=categories,
    )
