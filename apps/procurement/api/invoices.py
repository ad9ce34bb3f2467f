"""Invoices: the list, and one."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    actor_of,
    detail_response,
    list_response,
    mark_answer,
    read_body,
    repeatable,
    resource_response,
)
from apps.gateway.rest.views import ApiView
from apps.gateway.services import answer_once
from apps.procurement.formats.invoices import invoice_body, invoice_path
from apps.procurement.rest.invoice_bodies import INVOICE, INVOICES, InvoiceBody, InvoiceListBody
from apps.procurement.rest.invoices import InvoiceShape, invoice_draft_of
from apps.procurement.selectors.invoices import invoices_visible_to, visible_invoice
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
        rows = invoices_visible_to(actor_of(request))
        return list_response(request, self.listing, rows, invoice_body)

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
        answer = answer_once(
            request=once,
            at=self.at,
            status=201,
            work=lambda: submit_invoice(
                actor=actor, at=self.at, draft=draft, idempotency_key_sha256=once.key_sha256
            ),
        )
        invoice = answer.resource or visible_invoice(actor=actor, invoice_id=answer.resource_id)
        response = resource_response(
            invoice,
            invoice_body(invoice),
            revision=invoice.revision,
            location=invoice_path(invoice.public_id),
        )
        return mark_answer(response, answer)


class InvoiceDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("invoices:read",)}
    fieldset = INVOICE

    @extend_schema(responses=InvoiceBody, operation_id="get_invoice", summary="Read one invoice")
    def get(self, request: Request, invoice_id: str) -> Response:
        invoice = visible_invoice(actor=actor_of(request), invoice_id=invoice_id)
        return detail_response(request, self.fieldset, invoice, invoice_body)
