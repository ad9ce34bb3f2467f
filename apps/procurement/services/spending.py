"""What an act on an order does to the spend ledger: reserve, consume, release (reference 3c)."""

from datetime import datetime
from decimal import Decimal

from apps.core.actor import Actor
from apps.procurement.models import PurchaseOrder, SpendState
from apps.procurement.policy.purchasing import AccountKey, Purchase, check_facts
from apps.procurement.policy.purchasing.converting import in_units
from apps.procurement.policy.purchasing.decisions import Decision, Outcome
from apps.procurement.policy.used import used_of
from apps.procurement.services.accounts import lock_taken
from apps.procurement.services.bookings import Bookings
from apps.procurement.services.enforcing import enforce
from apps.procurement.services.purchasing import purchase_of, rules_for
from apps.procurement.services.purchasing.spent import key_of
from apps.procurement.services.weighing import Weighed, weigh

# Columns of the order that follow from what it was decided at.
CONVERTED = ("amount_base", "fx_rate", "fx_date")


def require_orderable(*, purchase: Purchase, actor: Actor, action: str, at: datetime) -> Decision:
    """A draft is refused for what could never be submitted, whatever it costs: amounts are looked
    at when it is, and so the decision names no limit. Raises what PURCHASE_REFUSALS names.
    """
    book = rules_for(actor=actor, project_id=purchase.project, at=at)
    denied = tuple(check_facts(purchase, book, at=at, action=action))
    return enforce(
        Decision(
            outcome=Outcome.DENIED if denied else Outcome.ALLOWED,
            reasons=denied,
            policy_version=book.policy_version,
            policies=book.policies,
        )
    )


def reserve(*, order: PurchaseOrder, actor: Actor, at: datetime) -> Weighed:
    """Set aside what a locked draft costs, on every account it is counted on. Raises what
    PURCHASE_REFUSALS names.
    """
    purchase = purchase_of(order)
    weighed = weigh(
        order=order, purchase=purchase, actor=actor, at=at, action="submit", asks_approval=True
    )
    bookings = Bookings(at)
    _take_missing(bookings, order, weighed, SpendState.RESERVED)
    bookings.write()
    _convert(order, weighed)
    return weighed


def consume(*, order: PurchaseOrder, actor: Actor, at: datetime) -> Decision:
    """Spend what was set aside. The rules are asked again, for they may be tighter now, and those
    of whoever issues count too. Raises what PURCHASE_REFUSALS names.
    """
    weighed = weigh(order=order, purchase=purchase_of(order), actor=actor, at=at, action="issue")
    bookings = Bookings(at)
    bookings.turn(weighed.own, SpendState.CONSUMED)
    _take_missing(bookings, order, weighed, SpendState.CONSUMED)
    bookings.write()
    return weighed.decision


def respend(
    *,
    order: PurchaseOrder,
    purchase: Purchase,
    actor: Actor,
    at: datetime,
    action: str | None = None,
) -> Decision:
    """Spend anew what an order costs after a change, before its row says so; ``action`` is what is
    done to it where that was not granted before. What others took of it on accounts of their own
    stays, as far as it costs that much. Raises what PURCHASE_REFUSALS names.
    """
    weighed = weigh(order=order, purchase=purchase, actor=actor, at=at, action=action)
    bookings = Bookings(at)
    for taken in weighed.own:
        if _is_counted(key_of(taken.account), weighed):
            bookings.turn([taken], SpendState.RELEASED)
        else:
            bookings.reduce(taken, in_units(purchase.amount, taken.rate, taken.account.currency))
    _take_missing(bookings, order, weighed, SpendState.CONSUMED)
    bookings.write()
    _convert(order, weighed)
    return weighed.decision


def reduce(order: PurchaseOrder, amount: Decimal, *, at: datetime) -> None:
    """Give back what the locked order costs less, by the rates it was counted at."""
    bookings = Bookings(at)
    for taken in lock_taken(order):
        bookings.reduce(taken, in_units(amount, taken.rate, taken.account.currency))
    bookings.write()


def release_unused(order: PurchaseOrder, *, at: datetime) -> None:
    """Give back what was neither received nor invoiced of an order that is closed."""
    reduce(order, used_of(order), at=at)


def release(order: PurchaseOrder, *, at: datetime) -> None:
    """Give back all that the locked order takes."""
    bookings = Bookings(at)
    bookings.turn(lock_taken(order), SpendState.RELEASED)
    bookings.write()


def _take_missing(
    bookings: Bookings, order: PurchaseOrder, weighed: Weighed, state: SpendState
) -> None:
    """On the accounts of the rules that do not count the order yet. Where no rule speaks of an
    amount, and no rate leads to the account's currency, it is not counted.
    """
    standing = {
        key_of(taken.account) for taken in weighed.own if taken.state != SpendState.RELEASED
    }
    for key in weighed.book.accounts - standing:
        if _is_counted(key, weighed):
            bookings.take(weighed.locked.rows[key], order, weighed.amounts[key.currency], state)


def _is_counted(key: AccountKey, weighed: Weighed) -> bool:
    return key in weighed.book.accounts and key.currency in weighed.amounts


def _convert(order: PurchaseOrder, weighed: Weighed) -> None:
    """What the order comes to for the buyer, by the rate it was decided at."""
    base = weighed.amounts.get(weighed.book.base_currency)
    order.amount_base = base.amount if base else None
    order.fx_rate = base.rate if base else None
    order.fx_date = base.on if base else None
