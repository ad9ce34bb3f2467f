"""Invoices: the list, and one."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    Write,
    actor_of,
    answer_write,
    detail_response,
    list_response,
    read_body,
    repeatable,
)
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.invoices import invoice_body, invoice_path
from apps.procurement.rest.invoice_bodies import INVOICE, INVOICES, InvoiceBody, InvoiceListBody
from apps.procurement.rest.invoices import InvoiceShape, invoice_draft_of
from apps.procurement.selectors.invoices import invoices_visible_to, visible_invoice
from apps.procurement.selectors.orders import visible_order
from apps.procurement.services import submit_invoice

LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where the invoice is."
)


class InvoiceList(ApiView):
    required_scopes: ClassVar = {"GET": ("invoices:read",), "POST": ("invoices:submit",)}
    listing = INVOICES
    repeatable = True
    problem_codes: ClassVar = {
        "POST": (
            "role-not-permitted",
            "action-not-granted",
            "project-closed",
            "not-found",
            "invalid-transition",
            "order-on-hold",
            "over-invoice",
            "duplicate-invoice",
            "currency-mismatch",
            "principal-mismatch",
            "totals-mismatch",
            "unit-not-allowed",
        ),
    }

    @extend_schema(
        responses=InvoiceListBody,
        operation_id="list_invoices",
        summary="List invoices, newest first",
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        rows = invoices_visible_to(actor)
        return list_response(request, self.listing, rows, lambda row: invoice_body(row, actor))

    @extend_schema(
        request=InvoiceShape,
        responses={201: InvoiceBody},
        operation_id="submit_invoice",
        parameters=[LOCATION],
        summary="Submit an invoice; it is matched at once",
    )
    def post(self, request: Request) -> Response:
        actor, once = actor_of(request), repeatable(request)
        draft = invoice_draft_of(read_body(request, InvoiceShape))
        write = Write(
            work=lambda key: submit_invoice(
                actor=actor, at=self.at, draft=draft, idempotency_key_sha256=key
            ),
            gate=lambda: visible_order(actor=actor, order_id=draft.purchase_order, parts=False),
            again=lambda found: visible_invoice(actor=actor, invoice_id=found),
            render=lambda invoice: invoice_body(invoice, actor),
            reads="invoices:read",
            place=lambda invoice: invoice_path(invoice.public_id),
        )
        return answer_write(request, once, write, at=self.at, status=201)


class InvoiceDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("invoices:read",)}
    fieldset = INVOICE

    @extend_schema(responses=InvoiceBody, operation_id="get_invoice", summary="Read one invoice")
    def get(self, request: Request, invoice_id: str) -> Response:
        actor = actor_of(request)
        invoice = visible_invoice(actor=actor, invoice_id=invoice_id)
        return detail_response(
            request, self.fieldset, invoice, lambda shown: invoice_body(shown, actor)
        )
