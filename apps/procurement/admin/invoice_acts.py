"""What staff may do to an invoice: match it again, approve, turn down, pay."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest

from apps.identity.admin.acts import Act, ReasonForm, actor_of, clock
from apps.procurement.models import Invoice
from apps.procurement.money import amount
from apps.procurement.services import (
    approve_invoice,
    match_invoice,
    pay_invoice,
    reject_invoice,
)
from apps.procurement.states import INVOICE_MOVES, InvoiceAct

DECIDES = "procurement.change_invoice"
Given = dict[str, Any]


class PaymentForm(ReasonForm):
    reference = forms.CharField(
        max_length=100, required=False, help_text="The payment's own number, if it has one."
    )
    bank_account = forms.CharField(
        max_length=40,
        required=False,
        help_text="The account's id, if the invoice names none and the vendor has several.",
    )


def _done(
    service: Callable[..., Invoice], request: HttpRequest, invoice: Invoice, given: Given
) -> Invoice:
    return service(actor=actor_of(request), at=clock(), invoice_id=invoice.public_id, **given)


def _match(request: HttpRequest, invoice: Invoice, given: Given) -> str:
    return f"{invoice} is now: {_done(match_invoice, request, invoice, given).status}."


def _approve(request: HttpRequest, invoice: Invoice, given: Given) -> str:
    _done(approve_invoice, request, invoice, given)
    return f"{invoice} may be paid."


def _reject(request: HttpRequest, invoice: Invoice, given: Given) -> str:
    _done(reject_invoice, request, invoice, given)
    return f"{invoice} is turned down."


def _pay(request: HttpRequest, invoice: Invoice, given: Given) -> str:
    _done(pay_invoice, request, invoice, given)
    return f"{invoice} is noted as paid."


def left_to_pay(invoice: Invoice) -> str:
    left = Decimal(0) if invoice.paid_at else invoice.payable
    return f"{amount(left, invoice.currency)} {invoice.currency}"


def _explain_match(_request: HttpRequest, invoice: Invoice) -> Sequence[object]:
    return (f"{invoice} is compared with its order and what was accepted by now.",)


def _explain_approve(_request: HttpRequest, invoice: Invoice) -> Sequence[object]:
    return (
        f"{invoice.vendor} may be paid {left_to_pay(invoice)}.",
        "Only once every exception was accepted, or is corrected.",
    )


def _explain_reject(_request: HttpRequest, invoice: Invoice) -> Sequence[object]:
    return (
        "The vendor reads your reason. It may invoice as much again, with another number.",
        f"{invoice} cannot be taken up again.",
    )


def _explain_pay(_request: HttpRequest, invoice: Invoice) -> Sequence[object]:
    account = invoice.bank_account
    return (
        f"{left_to_pay(invoice)} to {invoice.vendor}.",
        f"To the account {account}."
        if account
        else "The invoice names no bank account: it goes to the vendor's only verified one, or to "
        "the one you name.",
    )


def _may(act: InvoiceAct) -> Callable[[Invoice], bool]:
    return lambda invoice: act in INVOICE_MOVES[invoice.status]


INVOICE_ACTS: tuple[Act[Invoice], ...] = (
    Act(
        name="match",
        label="Match again",
        permission=DECIDES,
        decides=True,
        explain=_explain_match,
        perform=_match,
        applies=_may(InvoiceAct.COMPARE),
    ),
    Act(
        name="approve",
        label="Approve",
        permission=DECIDES,
        decides=True,
        explain=_explain_approve,
        perform=_approve,
        step_up=True,
        applies=_may(InvoiceAct.APPROVE),
    ),
    Act(
        name="reject",
        label="Turn down",
        permission=DECIDES,
        decides=True,
        explain=_explain_reject,
        perform=_reject,
        takes_away=True,
        applies=_may(InvoiceAct.REJECT),
    ),
    Act(
        name="pay",
        label="Note as paid",
        permission=DECIDES,
        decides=True,
        explain=_explain_pay,
        perform=_pay,
        form=PaymentForm,
        step_up=True,
        applies=_may(InvoiceAct.PAY),
    ),
)
