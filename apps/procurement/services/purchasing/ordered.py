"""What was ordered in projects before their budget has an account."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from apps.procurement.models import PurchaseOrder, PurchaseOrderLine
from apps.procurement.policy.purchasing import AccountKey, Conversion, RuleBook
from apps.procurement.policy.purchasing.converting import convert, in_units
from apps.procurement.policy.used import used_of
from apps.procurement.services.purchasing.amounts import day_there
from apps.procurement.services.purchasing.summing import Part, sums_of
from apps.procurement.states import OrderStatus
from apps.projects.policy import Rates
from apps.projects.selectors import rates_among

NOT_COUNTED = (OrderStatus.DRAFT, OrderStatus.CANCELLED)
ZERO = Decimal(0)
Accounts = Mapping[AccountKey, RuleBook]
Sums = dict[AccountKey, Decimal | None]


class _Kind(NamedTuple):
    """Orders that are counted alike; ``rated`` are those submitted at a rate to the buyer's own
    currency.
    """

    project: uuid.UUID
    currency: str
    rated: bool
    short: bool


def ordered_in(accounts: Accounts, *, at: datetime) -> Sums:
    """What each of these projects' accounts will begin with; None where no exchange rate tells. As
    many statements for many projects and orders as for one. Only orders that were closed short are
    loaded: their lines tell how much of them is used.
    """
    projects = {book.project for book in accounts.values()}
    kinds = _kinds(projects)
    if not kinds:
        return dict.fromkeys(accounts, ZERO)
    rates = _rates(accounts, {kind.currency for kind in kinds}, at)
    parts = set(_parts(accounts, kinds, rates, at))
    unknown = {key for key, part in parts if part is None}
    told = [part for _key, part in parts if part]
    whole = _standing(projects).exclude(_short())
    sums = dict.fromkeys(accounts, ZERO) | (sums_of(whole, told) if told else {})
    if any(kind.short for kind in kinds):
        _add_short(sums, accounts, rates, at)
    return {key: None if key in unknown else total for key, total in sums.items()}


def standing_orders(projects: Collection[uuid.UUID]) -> list[PurchaseOrder]:
    """All that was submitted in these projects and neither sent back nor cancelled."""
    return list(_standing(projects).prefetch_related("lines"))


def counted_before(
    order: PurchaseOrder, currency: str, rates: Rates, *, base: str
) -> Conversion | None:
    """What the order counts for, by the rate it was submitted at where it has one to this
    currency; None where no rate leads there. Wants the order with its lines.
    """
    closed = order.status == OrderStatus.CLOSED
    amount = used_of(order) if closed else order.tax_exclusive
    if currency == base and order.fx_rate is not None:
        return Conversion(in_units(amount, order.fx_rate, base), order.fx_rate, order.fx_date)
    return convert(amount, order.currency, [currency], rates, base=base).get(currency)


def _standing(projects: Collection[uuid.UUID]) -> QuerySet[PurchaseOrder]:
    return PurchaseOrder.objects.filter(project__in=projects).exclude(status__in=NOT_COUNTED)


def _short() -> Q:
    """Closed, and of some line neither all came nor was all invoiced."""
    lines = PurchaseOrderLine.objects.filter(order=OuterRef("pk"))
    less = lines.filter(quantity_accepted__lt=F("quantity"), quantity_invoiced__lt=F("quantity"))
    return Q(status=OrderStatus.CLOSED) & Q(Exists(less))


def _kinds(projects: Collection[uuid.UUID]) -> list[_Kind]:
    told = {"rated": Q(fx_rate__isnull=False), "short": _short()}
    flags = {
        name: ExpressionWrapper(flag, output_field=BooleanField()) for name, flag in told.items()
    }
    rows = _standing(projects).annotate(**flags).order_by().distinct()
    return [_Kind(*row) for row in rows.values_list(*_Kind._fields)]


def _rates(accounts: Accounts, ordered: set[str], at: datetime) -> dict[date, Rates]:
    """By the day it is where the buyers are: one statement for each, and there are three days in
    the world at most.
    """
    wanted = {key.currency for key in accounts} | ordered
    wanted |= {book.base_currency for book in accounts.values()}
    days = {day_there(book, at) for book in accounts.values()}
    return {day: rates_among(currencies=wanted, day=day) for day in days}


def _parts(
    accounts: Accounts, kinds: Iterable[_Kind], rates: Mapping[date, Rates], at: datetime
) -> Iterator[tuple[AccountKey, Part | None]]:
    """None for what no rate leads to."""
    for key, book in accounts.items():
        base = book.base_currency
        for kind in kinds:
            if kind.project != book.project:
                continue
            if kind.rated and key.currency == base:
                yield key, Part(key, kind.currency, kind.rated, None)
                continue
            rate = rates[day_there(book, at)].between(kind.currency, key.currency, via=base)
            yield key, Part(key, kind.currency, kind.rated, rate.rate) if rate else None


def _add_short(
    sums: dict[AccountKey, Decimal], accounts: Accounts, rates: Mapping[date, Rates], at: datetime
) -> None:
    projects = {book.project for book in accounts.values()}
    orders = list(_standing(projects).filter(_short()).prefetch_related("lines"))
    for key, book in accounts.items():
        known, base = rates[day_there(book, at)], book.base_currency
        for order in orders:
            if order.project_id == book.project:
                spent = counted_before(order, key.currency, known, base=base)
                sums[key] += spent.amount if spent else ZERO
