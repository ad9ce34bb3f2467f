"""Orders that count as one against a threshold: one requester's to one vendor, soon after another
(reference 2d no. 12). All programs of an integration partner are one requester.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet

from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.purchasing import Earlier, Purchase, RuleBook
from apps.procurement.policy.purchasing.converting import convert
from apps.procurement.policy.purchasing.thresholds import POLICY_SPLIT_DAYS, fits_any
from apps.procurement.services.purchasing.amounts import day_there
from apps.procurement.states import OrderStatus
from apps.projects.selectors import rates_among

ENDED = (OrderStatus.DRAFT, OrderStatus.CANCELLED)
ZERO = Decimal(0)


class OtherOrder(NamedTuple):
    """As much of an order as a series needs of it."""

    number: str
    submitted_at: datetime
    currency: str
    tax_exclusive: Decimal
    amount_base: Decimal | None
    categories: list[str]


@dataclass(frozen=True)
class Series:
    """The other orders of a requester, and what they come to by rule."""

    orders: Sequence[OtherOrder]
    sums: Earlier


NO_SERIES = Series((), {})


def has_thresholds(book: RuleBook) -> bool:
    return bool(book.thresholds) or any(rule.approval_from is not None for rule in book.rules)


def series_of(
    *, actor: Actor, purchase: Purchase, book: RuleBook, at: datetime, besides: uuid.UUID | None
) -> Series:
    """What the same person or program, the same session, or another of the same partner has
    ordered from the vendor within the days that the rules name, neither cancelled nor sent back;
    one statement, and one more where some of it has to be converted.
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
    rows = _rows(standing.exclude(pk=besides) if besides else standing)
    return Series(rows, _sums(rows, book, at)) if rows else NO_SERIES


def _rows(orders: QuerySet[PurchaseOrder]) -> list[OtherOrder]:
    lines = PurchaseOrderLine.objects.filter(order=OuterRef("pk")).order_by()
    named = orders.annotate(categories=ArraySubquery(lines.values("category").distinct()))
    found = named.order_by("submitted_at", "pk").values_list(*OtherOrder._fields)
    return [OtherOrder(*row) for row in found]


def _sums(orders: Sequence[OtherOrder], book: RuleBook, at: datetime) -> Earlier:
    counted = list(zip(orders, _in_base(orders, book, at), strict=True))
    sums: dict[str, Decimal] = {}
    for rule in book.thresholds:
        since = at - timedelta(days=rule.split_days)
        sums[rule.rule] = sum(
            (
                amount
                for one, amount in counted
                if one.submitted_at > since and fits_any(rule, one.categories)
            ),
            ZERO,
        )
    since = at - timedelta(days=POLICY_SPLIT_DAYS)
    recent = sum((amount for one, amount in counted if one.submitted_at > since), ZERO)
    sums |= {rule.source.id: recent for rule in book.rules if rule.approval_from is not None}
    return sums


def _in_base(orders: Sequence[OtherOrder], book: RuleBook, at: datetime) -> Iterable[Decimal]:
    """As it was reckoned when each was submitted, else by the rates of now; what no rate leads to
    cannot be counted.
    """
    base = book.base_currency
    unknown = {one.currency for one in orders if one.amount_base is None}
    rates = rates_among(currencies={base, *unknown} if unknown else (), day=day_there(book, at))
    for one in orders:
        if one.amount_base is not None:
            yield one.amount_base
            continue
        now = convert(one.tax_exclusive, one.currency, [base], rates, base=base).get(base)
        yield now.amount if now else ZERO


def purchase_of(order: PurchaseOrder) -> Purchase:
    """What the order buys. Wants it with its lines."""
    return Purchase(
        project=order.project_id,
        currency=order.currency,
        amount=order.tax_exclusive,
        categories=frozenset(line.category for line in order.lines.all()),
        vendor=order.vendor_id,
        ship_to=order.ship_to or {},
    )
