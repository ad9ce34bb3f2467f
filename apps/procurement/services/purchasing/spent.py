"""What is set aside and spent of limits."""

import functools
import operator
import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from apps.procurement.models import SpendAccount, SpendReservation, SpendState
from apps.procurement.policy.purchasing import AccountKey, Limit, Rule, Spent

ZERO = Decimal(0)
Accounts = Mapping[AccountKey, SpendAccount]


def key_of(account: SpendAccount) -> AccountKey:
    return AccountKey(account.policy_id, account.session_id, account.project_id, account.currency)


def spent_on(rules: Iterable[Rule], *, at: datetime, besides: uuid.UUID | None = None) -> Spent:
    """What is taken of the rules' limits, nothing locked: one statement, with limits per period
    one more, and one to leave out what the order ``besides`` has taken.
    """
    limits = [limit for rule in rules for limit in rule.limits if limit.account]
    accounts = {key_of(row): row for row in SpendAccount.objects.filter(_any_of(limits))}
    own = taken_by(besides) if besides and accounts else []
    return spent_from(accounts, limits, at=at, own=own)


def _any_of(limits: Iterable[Limit]) -> Q:
    keys = {limit.account for limit in limits if limit.account}
    named = [
        Q(policy=key.policy, session=key.session, project=key.project, currency=key.currency)
        for key in keys
    ]
    return functools.reduce(operator.or_, named, Q(pk__in=[]))


def taken_by(order_id: uuid.UUID) -> list[SpendReservation]:
    """What the order takes of accounts, those loaded with it, in the order it was taken."""
    standing = SpendReservation.objects.filter(order=order_id).exclude(state=SpendState.RELEASED)
    return list(standing.select_related("account").order_by("id"))


def spent_from(
    accounts: Accounts,
    limits: Collection[Limit],
    *,
    at: datetime,
    own: Iterable[SpendReservation] = (),
) -> Spent:
    """The same of accounts that are read already; ``own`` is left out of it."""
    left_out = list(own)
    mine = {taken.account_id: taken.amount for taken in left_out}
    found: dict[tuple[AccountKey, int | None], Decimal] = {
        (key, None): row.reserved + row.consumed - mine.get(row.pk, ZERO)
        for key, row in accounts.items()
    }
    days = {limit.days for limit in limits if limit.days and limit.account in accounts}
    if days:
        found.update(_in_periods(accounts, days, at, [taken.pk for taken in left_out]))
    return found


def _in_periods(
    accounts: Accounts, days: Collection[int], at: datetime, left_out: list[uuid.UUID]
) -> dict[tuple[AccountKey, int | None], Decimal]:
    sums: dict[str, Any] = {
        f"of_{count}": Sum("amount", filter=Q(reserved_at__gt=at - timedelta(days=count)))
        for count in days
    }
    by_id = {row.pk: key for key, row in accounts.items()}
    rows = (
        SpendReservation.objects.filter(
            account__in=by_id, reserved_at__gt=at - timedelta(days=max(days))
        )
        .exclude(state=SpendState.RELEASED)
        .exclude(pk__in=left_out)
        .values("account")
        .annotate(**sums)
    )
    return {
        (by_id[row["account"]], count): row[f"of_{count}"] or ZERO  # type: ignore[literal-required]  # named above
        for row in rows
        for count in days
    }
