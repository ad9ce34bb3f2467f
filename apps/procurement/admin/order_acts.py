"""What staff may do to an order: hold it, release it, call it off, close it."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from apps.identity.admin.acts import Act, ReasonForm, actor_of, clock
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.holds import holds_of
from apps.procurement.services import cancel_order, close_order, hold_order, release_order
from apps.procurement.states import MOVES, Hold, OrderStatus

HANDLES = "procurement.change_purchaseorder"
ENDS = "procurement.delete_purchaseorder"
HOLD_WORDS = {
    Hold.BUYER: "the buyer's hold",
    Hold.VENDOR: "the vendor's hold",
    Hold.COMPLIANCE: "the hold for compliance",
}
Given = dict[str, Any]


class HoldForm(ReasonForm):
    """The buyer's holds; the vendor's is its own to put on and to lift."""

    hold = forms.ChoiceField(
        choices=[(Hold.BUYER, Hold.BUYER.label), (Hold.COMPLIANCE, Hold.COMPLIANCE.label)],
        help_text="Only an administrator holds for compliance, and releases it.",
    )


def said_holds(order: PurchaseOrder) -> str:
    """The holds on it, as people call them."""
    return ", ".join(HOLD_WORDS[Hold(name)] for name in holds_of(order))


def done(
    service: Callable[..., PurchaseOrder], request: HttpRequest, order: PurchaseOrder, given: Given
) -> PurchaseOrder:
    told = {**given, "hold": Hold(given["hold"])} if "hold" in given else given
    return service(actor=actor_of(request), at=clock(), order_id=order.public_id, **told)


def _hold(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    done(hold_order, request, order, given)
    return f"{order} is on hold."


def _release(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    left = said_holds(done(release_order, request, order, given))
    return f"{order} is released." if not left else f"{order} is still held: {left}."


def _cancel(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    done(cancel_order, request, order, given)
    return f"{order} is cancelled."


def _close(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    done(close_order, request, order, given)
    return f"{order} is closed."


def _explain_hold(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (
        f"{order} is not issued, delivered, received or invoiced until it is released.",
        "No invoice to it is approved or paid meanwhile.",
        "The vendor sees that it is on hold, not why.",
    )


def _explain_release(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (f"On it now: {said_holds(order) or 'nothing'}.",)


def _explain_cancel(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (
        f"{order} is off for good. Only possible while nothing is received or invoiced.",
        "Changes proposed to it end with it.",
    )


def _explain_close(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (f"Nothing more is delivered or invoiced on {order}. It is not opened again.",)


def _may(status: OrderStatus) -> Callable[[PurchaseOrder], bool]:
    return lambda order: status in MOVES[order.status].values()


def _is_under_way(order: PurchaseOrder) -> bool:
    return bool(MOVES[order.status])


ORDER_ACTS: tuple[Act[PurchaseOrder], ...] = (
    Act(
        name="hold",
        label="Hold",
        permission=HANDLES,
        decides=True,
        explain=_explain_hold,
        perform=_hold,
        form=HoldForm,
        applies=lambda order: (
            _is_under_way(order) and not (order.buyer_hold and order.compliance_hold)
        ),
    ),
    Act(
        name="release",
        label="Release",
        permission=HANDLES,
        decides=True,
        explain=_explain_release,
        perform=_release,
        form=HoldForm,
        applies=lambda order: order.buyer_hold or order.compliance_hold,
    ),
    Act(
        name="close",
        label="Close",
        permission=ENDS,
        decides=True,
        explain=_explain_close,
        perform=_close,
        applies=_may(OrderStatus.CLOSED),
    ),
    Act(
        name="cancel",
        label="Cancel",
        permission=ENDS,
        decides=True,
        explain=_explain_cancel,
        perform=_cancel,
        takes_away=True,
        applies=_may(OrderStatus.CANCELLED),
    ),
)
