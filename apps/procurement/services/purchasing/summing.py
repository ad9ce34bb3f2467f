"""Adding up orders in the database, each converted as `converting.in_units` does."""

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Case, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Round

from apps.core.money import minor_units
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.purchasing import AccountKey

ZERO = Decimal(0)
AMOUNT = DecimalField(max_digits=40, decimal_places=14)


class Part(NamedTuple):
    """A project's orders in one currency, for its account: at ``rate``, or, where that is None, by
    what each of them came to for the buyer when it was submitted. ``rated`` are those that have
    such an amount.
    """

    account: AccountKey
    currency: str
    rated: bool
    rate: Decimal | None


def sums_of(orders: QuerySet[PurchaseOrder], parts: Collection[Part]) -> dict[AccountKey, Decimal]:
    """What each account's parts come to; one statement."""
    targets = sorted({part.account.currency for part in parts})
    columns = {f"in_{target}": _sum(target, parts) for target in targets}
    rows = orders.order_by().values("project").annotate(**columns)
    found = {
        (project, target): total
        for project, *totals in rows.values_list("project", *columns)
        for target, total in zip(targets, totals, strict=True)
    }
    accounts = {part.account for part in parts}
    return {key: found[key.project, key.currency] for key in accounts}


def _sum(target: str, parts: Collection[Part]) -> Sum:
    whens = [
        When(_is_of(part), then=_amount(part)) for part in parts if part.account.currency == target
    ]
    return Sum(Case(*whens, default=Value(ZERO), output_field=AMOUNT))


def _is_of(part: Part) -> Q:
    return Q(project=part.account.project, currency=part.currency, fx_rate__isnull=not part.rated)


def _amount(part: Part) -> Combinable:
    if part.rate is None:
        return F("amount_base")
    places = minor_units(part.account.currency)
    exact = F("tax_exclusive") * Value(part.rate, output_field=AMOUNT)
    rounded = Greatest(
        Round(exact, precision=places, output_field=AMOUNT),
        Value(Decimal(1).scaleb(-places), output_field=AMOUNT),
        output_field=AMOUNT,
    )
    return Case(When(tax_exclusive__gt=0, then=rounded), default=Value(ZERO), output_field=AMOUNT)
