"""What the buyer's side does to an invoice."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    StrictSerializer,
    Write,
    actor_of,
    answer_write,
    precondition_of,
    read_body,
    repeatable,
)
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.invoices import invoice_body
from apps.procurement.models import Invoice
from apps.procurement.rest.act_examples import INVOICE_ANSWERS
from apps.procurement.rest.acts import ReasonShape
from apps.procurement.rest.invoices import PaymentShape, RejectionShape
from apps.procurement.selectors.invoices import visible_invoice
from apps.procurement.services import (
    approve_invoice,
    match_invoice,
    pay_invoice,
    reject_invoice,
)

REFUSALS = (
    "role-not-permitted",
    "action-not-granted",
    "segregation-of-duties",
    "invalid-transition",
)
Handler = TypeVar("Handler", bound=Callable[..., Response])


class InvoiceAct(ApiView):
    """An act on an invoice; its service is what differs, and the shape that says what the service
    is told.
    """

    required_scopes: ClassVar = {"POST": ("invoices:approve",)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {"POST": REFUSALS}
    shape: ClassVar[type[StrictSerializer]] = ReasonShape
    service: ClassVar[Callable[..., Invoice]]

    def act(self, request: Request, invoice_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        told: dict[str, Any] = read_body(request, self.shape)
        write = Write(
            work=lambda key: type(self).service(
                actor=actor,
                at=self.at,
                invoice_id=invoice_id,
                precondition=precondition_of(request),
                idempotency_key_sha256=key,
                **told,
            ),
            gate=lambda: visible_invoice(actor=actor, invoice_id=invoice_id, parts=False),
            again=lambda found: visible_invoice(actor=actor, invoice_id=found),
            render=lambda invoice: invoice_body(invoice, actor),
            reads="invoices:read",
        )
        return answer_write(request, once, write, at=self.at)


def describe(
    name: str, summary: str, shape: type[StrictSerializer] = ReasonShape
) -> Callable[[Handler], Handler]:
    return extend_schema(
        request=shape,
        responses={200: INVOICE_ANSWERS[name]},
        operation_id=f"{name}_invoice",
        summary=summary,
    )


class InvoiceMatch(InvoiceAct):
    service = staticmethod(match_invoice)

    @describe("match", "Match an invoice again, after a receipt for instance")
    def post(self, request: Request, invoice_id: str) -> Response:
        return self.act(request, invoice_id)


class InvoiceApprove(InvoiceAct):
    problem_codes: ClassVar = {"POST": (*REFUSALS, "order-on-hold")}
    service = staticmethod(approve_invoice)

    @describe("approve", "Approve an invoice that matches, or whose exceptions were accepted")
    def post(self, request: Request, invoice_id: str) -> Response:
        return self.act(request, invoice_id)


class InvoiceReject(InvoiceAct):
    shape = RejectionShape
    service = staticmethod(reject_invoice)

    @describe("reject", "Turn an invoice down; as much may be invoiced anew", RejectionShape)
    def post(self, request: Request, invoice_id: str) -> Response:
        return self.act(request, invoice_id)


class InvoicePay(InvoiceAct):
    problem_codes: ClassVar = {"POST": (*REFUSALS, "order-on-hold", "conflict")}
    shape = PaymentShape
    service = staticmethod(pay_invoice)

    @describe("pay", "Note that an approved invoice was paid", PaymentShape)
    def post(self, request: Request, invoice_id: str) -> Response:
        return self.act(request, invoice_id)
