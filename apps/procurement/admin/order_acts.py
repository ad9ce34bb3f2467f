"""What staff may do to an order: hold it, release it, call it off, close it."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from apps.gateway.policy import ANY_REVISION
from apps.identity.admin.acts import Act, ReasonForm, actor_of, clock
from apps.procurement.models import PurchaseOrder
from apps.procurement.policy.holds import holds_of
from apps.procurement.services import cancel_order, close_order, hold_order, release_order
from apps.procurement.states import MOVES, Hold, OrderStatus

HOLDS = "procurement.change_purchaseorder"
ENDS = "procurement.delete_purchaseorder"
Given = dict[str, Any]


class HoldForm(ReasonForm):
    """The buyer's holds; the vendor's is its own to put on and to lift."""

    hold = forms.ChoiceField(
        choices=[(Hold.BUYER, Hold.BUYER.label), (Hold.COMPLIANCE, Hold.COMPLIANCE.label)],
        help_text="Only an administrator holds for compliance, and releases it.",
    )


def _done(
    service: Callable[..., PurchaseOrder], request: HttpRequest, order: PurchaseOrder, given: Given
) -> PurchaseOrder:
    told = {**given, "hold": Hold(given["hold"])} if "hold" in given else given
    return service(
        actor=actor_of(request),
        at=clock(),
        order_id=order.public_id,
        precondition=ANY_REVISION,
        **told,
    )


def _hold(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    _done(hold_order, request, order, given)
    return f"{order} is on hold."


def _release(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    left = holds_of(_done(release_order, request, order, given))
    return f"{order} is released." if not left else f"{order} is still held: {', '.join(left)}."


def _cancel(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    _done(cancel_order, request, order, given)
    return f"{order} is cancelled."


def _close(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    _done(close_order, request, order, given)
    return f"{order} is closed."


def _explain_hold(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (
        f"{order} is not issued, delivered, received or invoiced until it is released.",
        "The vendor sees that it is on hold, not why.",
    )


def _explain_release(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (f"On it now: {', '.join(holds_of(order)) or 'nothing'}.",)


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
        permission=HOLDS,
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
        permission=HOLDS,
        explain=_explain_release,
        perform=_release,
        form=HoldForm,
        applies=lambda order: _is_under_way(order) and (order.buyer_hold or order.compliance_hold),
    ),
    Act(
        name="close",
        label="Close",
        permission=ENDS,
        explain=_explain_close,
        perform=_close,
        applies=_may(OrderStatus.CLOSED),
    ),
    Act(
        name="cancel",
        label="Cancel",
        permission=ENDS,
        explain=_explain_cancel,
        perform=_cancel,
        takes_away=True,
        applies=_may(OrderStatus.CANCELLED),
    ),
)
