"""The rows of the spend ledger that parallel acts queue for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from apps.core.ids import new_id
from apps.procurement.models import PurchaseOrder, SpendAccount, SpendReservation, SpendState
from apps.procurement.policy.purchasing import AccountKey
from apps.procurement.services.purchasing.spent import key_of
from apps.procurement.services.turns import share_turn, spending_in

# Everybody locks accounts in this order, after the order's own row, and so nobody waits in a ring.
IN_TURN = ("policy_id", "session_id", "project_id", "currency")
# Makes what is missing and locks the rest, by one statement and in turn.
LOCK = """
INSERT INTO procurement_spendaccount AS kept
    (id, policy_id, session_id, project_id, currency, reserved, consumed, updated_at)
SELECT id, policy_id, session_id, project_id, currency, 0, 0, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[])
    AS asked (id, policy_id, session_id, project_id, currency)
ORDER BY policy_id, session_id, project_id, currency
ON CONFLICT (policy_id, session_id, project_id, currency)
DO UPDATE SET updated_at = EXCLUDED.updated_at
RETURNING id, policy_id, session_id, project_id, currency, reserved, consumed, updated_at, xmax = 0
"""
COLUMNS = ("id", *IN_TURN, "reserved", "consumed", "updated_at")


@dataclass(frozen=True)
class Locked:
    """Accounts that are held until the transaction ends; ``made`` are new."""

    rows: dict[AccountKey, SpendAccount]
    made: frozenset[AccountKey]


def lock_accounts(keys: Collection[AccountKey], *, at: datetime) -> Locked:
    """One statement, and none where there is nothing to lock."""
    if not keys:
        return Locked({}, frozenset())
    rows, made = {}, set()
    for *values, is_new in _upserted(list(keys), at):
        account = SpendAccount.from_db(connection.alias, COLUMNS, values)
        rows[key_of(account)] = account
        if is_new:
            made.add(key_of(account))
    return Locked(rows, frozenset(made))


def _upserted(keys: list[AccountKey], at: datetime) -> list[tuple[Any, ...]]:
    ids = [new_id() for _ in keys]
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [at, ids, *columns])
        return list(cursor.fetchall())


def lock_taken(order: PurchaseOrder) -> list[SpendReservation]:
    """What an order takes, with its accounts held; two statements. Wants the order's row locked.
    Nobody opens an account meanwhile that would count it.
    """
    share_turn(spending_in(order.project_id))
    standing = SpendReservation.objects.filter(order=order).exclude(state=SpendState.RELEASED)
    return list(
        standing.select_related("account")
        .select_for_update(no_key=True, of=("account",))
        .order_by(*(f"account__{name}" for name in IN_TURN))
    )


def put_locked(own: Iterable[SpendReservation], locked: Locked) -> None:
    """Have what an order takes know the locked rows of its accounts."""
    for taken in own:
        taken.account = locked.rows[key_of(taken.account)]
