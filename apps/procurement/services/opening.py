"""A project's account begins with what was ordered in the project before."""

from datetime import datetime

from apps.procurement.models import PurchaseOrder, SpendAccount, SpendState
from apps.procurement.policy.purchasing import AccountKey, RuleBook
from apps.procurement.services.accounts import Locked
from apps.procurement.services.bookings import Bookings
from apps.procurement.services.purchasing.amounts import day_there
from apps.procurement.services.purchasing.ordered import counted_before, standing_orders
from apps.procurement.services.purchasing.unopened import is_budget
from apps.procurement.states import OrderStatus
from apps.projects.policy import Rates
from apps.projects.selectors import rates_among

SET_ASIDE = frozenset({OrderStatus.PENDING_APPROVAL, OrderStatus.APPROVED})


def open_accounts(
    locked: Locked, book: RuleBook, *, besides: PurchaseOrder, at: datetime
) -> frozenset[AccountKey]:
    """A budget that is set while orders are under way, or in another currency, counts those too.
    Wants the project's turn taken, so that none of them changes meanwhile. What comes back are
    the accounts that no exchange rate leads to from all of them: the act must be refused.
    """
    opened = [key for key in locked.made if is_budget(key)]
    if not opened:
        return frozenset()
    orders = [one for one in standing_orders([book.project]) if one.pk != besides.pk]
    currencies = {key.currency for key in opened} | {one.currency for one in orders}
    rates = rates_among(currencies={book.base_currency, *currencies}, day=day_there(book, at))
    bookings = Bookings(at)
    uncounted = {
        key
        for key in opened
        for order in orders
        if not _count(bookings, locked.rows[key], order, rates, book.base_currency)
    }
    bookings.write()
    return frozenset(uncounted)


def _count(
    bookings: Bookings, account: SpendAccount, order: PurchaseOrder, rates: Rates, base: str
) -> bool:
    """Whether a rate leads there."""
    spent = counted_before(order, account.currency, rates, base=base)
    if spent is None:
        return False
    state = SpendState.RESERVED if order.status in SET_ASIDE else SpendState.CONSUMED
    bookings.take(account, order, spent, state, since=order.submitted_at or order.created_at)
    return True
