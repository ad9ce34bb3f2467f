"""What staff may do to bring an order to its vendor: submit it, approve it or not, issue it."""

from collections.abc import Callable, Sequence

from django.http import HttpRequest

from apps.core.money import written
from apps.identity.admin.acts import Act, actor_of
from apps.procurement.admin.approvals import asked_of_order
from apps.procurement.admin.order_acts import ENDS, HANDLES, Given, done
from apps.procurement.admin.turns import KEPT, why_not_order
from apps.procurement.models import PurchaseOrder
from apps.procurement.services import approve_order, issue_order, reject_order, submit_order
from apps.procurement.services.whose_turn import why_not_decide
from apps.procurement.states import MOVES, OrderAct, OrderStatus


def _submit(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    now = OrderStatus(done(submit_order, request, order, given).status)
    return f"{order} is submitted. It is now: {now.label}."


def _approve(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    if done(approve_order, request, order, given).status == OrderStatus.PENDING_APPROVAL:
        return KEPT
    return f"{order} is approved. It can be issued."


def _reject(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    done(reject_order, request, order, given)
    return f"{order} is a draft again."


def _issue(request: HttpRequest, order: PurchaseOrder, given: Given) -> str:
    done(issue_order, request, order, given)
    return f"{order} is issued. {order.vendor} sees it from now on."


def _what(order: PurchaseOrder) -> str:
    net, total = (
        written(one, order.currency) for one in (order.tax_exclusive, order.tax_inclusive)
    )
    costs = f"{net} without tax, {total} with tax"
    return f"{order.vendor}, {order.project}: {costs}, at revision {order.revision}."


def _explain_submit(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (_what(order), "The draft cannot be edited afterwards. The vendor sees nothing yet.")


def _explain_approve(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (
        _what(order),
        "Whoever drafted, changed or submitted it does not approve it.",
        "What the order says now is approved, and only that can be issued.",
        "Amounts from which somebody is asked count without tax.",
    )


def _explain_reject(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    return (_what(order), "It goes back to be drafted, with your reason for the buyer's side.")


def _explain_issue(_request: HttpRequest, order: PurchaseOrder) -> Sequence[object]:
    if order.status == OrderStatus.DECLINED:
        return (_what(order), "It is issued again with the change that the buyer has proposed.")
    return (_what(order), f"{order.vendor} sees it from then on, and answers it.")


def _may(*acts: OrderAct) -> Callable[[PurchaseOrder], bool]:
    return lambda order: any(act in MOVES[order.status] for act in acts)


ORDER_STEPS: tuple[Act[PurchaseOrder], ...] = (
    Act(
        name="submit",
        label="Submit",
        permission=HANDLES,
        decides=True,
        explain=_explain_submit,
        perform=_submit,
        applies=_may(OrderAct.SUBMIT),
    ),
    Act(
        name="approve",
        label="Approve",
        permission=ENDS,
        decides=True,
        step_up=True,
        explain=_explain_approve,
        perform=_approve,
        applies=_may(OrderAct.APPROVE),
        why_not=why_not_order,
        tables=lambda _request, order: (asked_of_order(order),),
    ),
    Act(
        name="reject",
        label="Send back",
        permission=ENDS,
        decides=True,
        explain=_explain_reject,
        perform=_reject,
        takes_away=True,
        applies=_may(OrderAct.REJECT),
        why_not=lambda request, order: why_not_decide(order, actor_of(request)),
    ),
    Act(
        name="issue",
        label="Issue",
        permission=HANDLES,
        decides=True,
        explain=_explain_issue,
        perform=_issue,
        applies=_may(OrderAct.ISSUE, OrderAct.REISSUE),
    ),
)
