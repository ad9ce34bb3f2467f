"""What a change of a running order does to the spend ledger."""

from datetime import datetime

from apps.core.actor import Actor
from apps.core.errors import ConflictError, DomainError
from apps.procurement.models import OrderChange, PurchaseOrder
from apps.procurement.policy.carrying_out import NO_MORE
from apps.procurement.policy.drafts import OrderDraft
from apps.procurement.policy.purchasing import Decision, Purchase, decide, knows_budget
from apps.procurement.policy.purchasing.converting import in_units
from apps.procurement.policy.purchasing.drafted import asks_more, purchase_of_draft
from apps.procurement.policy.totals import Totals
from apps.procurement.services.change_words import require_words
from apps.procurement.services.enforcing import enforce
from apps.procurement.services.proposers import standing_proposer
from apps.procurement.services.purchasing import (
    amounts_of,
    purchase_of,
    rules_for,
    spent_on,
)
from apps.procurement.services.spending import reduce, respend
from apps.procurement.services.standing import require_vendor_stands


def require_proposable_purchase(
    order: PurchaseOrder, after: OrderDraft, totals: Totals, *, actor: Actor, at: datetime
) -> None:
    """The buyer does not propose what its rules would refuse when the vendor accepts it. Nothing
    is set aside yet. Raises what PURCHASE_REFUSALS names.
    """
    wanted = _purchase(order, after, totals)
    if not asks_more(purchase_of(order), wanted):
        return
    book = rules_for(actor=actor, project_id=order.project_id, at=at).without_approvals()
    amounts = amounts_of(wanted, book, at=at)
    spent = spent_on(book.rules, at=at, besides=order.pk)
    decision = decide(wanted, book, at=at, amounts=amounts, spent=spent, action="change")
    enforce(decision, tells_budget=knows_budget(actor))


def spend_change(
    order: PurchaseOrder,
    after: OrderDraft,
    totals: Totals,
    *,
    change: OrderChange,
    actor: Actor,
    at: datetime,
    action: str | None = None,
) -> Decision | None:
    """What the order is to say costs more, or is something else, or is issued again, which the
    ``action`` says: it is decided on and spent anew. What it costs less is given back. Wants the
    order as it was, its row locked, and a vendor that stands where there is an ``action``.

    Raises what PURCHASE_REFUSALS names, VendorNotActiveError for more than was ordered, and
    ConflictError where it lacks a word, and where it is the vendor who accepts.
    """
    wanted = _purchase(order, after, totals)
    more = asks_more(purchase_of(order), wanted)
    if not action and (more or change.exceeds):
        require_vendor_stands(order, at=at)
    anew = more or action is not None
    if not actor.acts_for_vendor:
        require_words(change, at=at)
        return _spend(order, wanted, actor=actor, at=at, action=action, anew=anew)
    try:
        proposer = standing_proposer(change, at=at)
        require_words(change, at=at)
        return _spend(order, wanted, actor=proposer, at=at, action=action, anew=anew)
    except DomainError as error:
        # A vendor is told nothing of the buyer's limits and tokens.
        raise ConflictError(NO_MORE, private=error.private) from error


def _spend(
    order: PurchaseOrder,
    wanted: Purchase,
    *,
    actor: Actor,
    at: datetime,
    action: str | None,
    anew: bool,
) -> Decision | None:
    if anew:
        return respend(order=order, purchase=wanted, actor=actor, at=at, action=action)
    reduce(order, wanted.amount, at=at)
    _reckon(order, wanted)
    return None


def _purchase(order: PurchaseOrder, after: OrderDraft, totals: Totals) -> Purchase:
    return purchase_of_draft(after, totals, project=order.project_id, vendor=order.vendor_id)


def _reckon(order: PurchaseOrder, wanted: Purchase) -> None:
    if order.fx_rate is not None:
        base = order.buyer_entity.base_currency
        order.amount_base = in_units(wanted.amount, order.fx_rate, base)
