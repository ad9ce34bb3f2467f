"""Deciding on a purchase with the ledger's rows held, so that nobody decides on the same money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder, SpendReservation
from apps.procurement.policy.purchasing import (
    AccountKey,
    Amounts,
    Conversion,
    Decision,
    Purchase,
    RuleBook,
    decide,
    knows_budget,
)
from apps.procurement.policy.purchasing.converting import in_units
from apps.procurement.services.accounts import Locked, lock_accounts, put_locked
from apps.procurement.services.enforcing import enforce
from apps.procurement.services.opening import open_accounts
from apps.procurement.services.purchasing import amounts_of, rules_for
from apps.procurement.services.purchasing.series import NO_SERIES, Series, series_in_turn
from apps.procurement.services.purchasing.spent import key_of, spent_from, taken_by
from apps.procurement.services.turns import spending_in, take_turn


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A purchase that may be, perhaps once somebody approves it; ``own`` is what it takes already,
    and ``locked`` what it is to be counted on.
    """

    decision: Decision
    book: RuleBook
    amounts: Amounts
    locked: Locked
    own: list[SpendReservation]
    series: Series


def weigh(
    *,
    order: PurchaseOrder,
    purchase: Purchase,
    actor: Actor,
    at: datetime,
    action: str | None,
    asks_approval: bool = False,
) -> Weighed:
    """Wants the order's row locked; locks the accounts after it. Approvals are only asked for
    where they are to be. Raises what PURCHASE_REFUSALS names.
    """
    book = rules_for(actor=actor, project_id=purchase.project, at=at, order_id=order.pk)
    if book.opens:
        take_turn(spending_in(order.project_id))
    series = NO_SERIES
    if not asks_approval:
        book = book.without_approvals()
    else:
        series = series_in_turn(actor=actor, purchase=purchase, book=book, at=at, besides=order.pk)
    own = taken_by(order.pk) if book.counted or book.opens else []
    amounts = {**amounts_of(purchase, book, at=at), **_known(order, purchase, own, book)}
    locked, uncounted = _locked(order, book, own, at)
    limits = [limit for rule in book.rules for limit in rule.limits]
    spent = spent_from(locked.rows, limits, at=at, own=own)
    decision = decide(
        purchase,
        book,
        at=at,
        amounts=amounts,
        spent={**spent, **dict.fromkeys((key, None) for key in uncounted)},
        earlier=series.sums,
        action=action,
    )
    return Weighed(
        decision=enforce(decision, tells_budget=knows_budget(actor)),
        book=book,
        amounts=amounts,
        locked=locked,
        own=own,
        series=series,
    )


def _locked(
    order: PurchaseOrder, book: RuleBook, own: list[SpendReservation], at: datetime
) -> tuple[Locked, frozenset[AccountKey]]:
    """With the accounts of which it cannot be told what is spent."""
    locked = lock_accounts(book.accounts | {key_of(taken.account) for taken in own}, at=at)
    put_locked(own, locked)
    if not locked.made:
        return locked, frozenset()
    return locked, open_accounts(locked, book, besides=order, at=at)


def _known(
    order: PurchaseOrder, purchase: Purchase, own: list[SpendReservation], book: RuleBook
) -> Mapping[str, Conversion]:
    """The rates that the order was counted at hold as long as it costs what it did, of two the
    newer. What somebody took of it is no measure: it may have cost less then.
    """
    if (purchase.amount, purchase.currency) != (order.tax_exclusive, order.currency):
        return {}
    known = {
        currency: Conversion(
            in_units(purchase.amount, taken.rate, currency), taken.rate, taken.rate_on
        )
        for taken in own
        for currency in [taken.account.currency]
    }
    if own and order.amount_base is not None and order.fx_rate is not None:
        known[book.base_currency] = Conversion(order.amount_base, order.fx_rate, order.fx_date)
    return known
