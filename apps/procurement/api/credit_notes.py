"""Credit notes of an invoice."""

from typing import Any, ClassVar

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
from apps.procurement.formats.credit_notes import credit_note_body, credit_note_path
from apps.procurement.models import CreditNote, Invoice
from apps.procurement.rest.credit_notes import (
    CreditNoteBody,
    CreditNoteListBody,
    CreditNoteShape,
    credit_draft_of,
)
from apps.procurement.rest.invoice_bodies import CREDIT_NOTE, CREDIT_NOTES
from apps.procurement.selectors.invoices import credit_note_of, credit_notes_of, visible_invoice
from apps.procurement.services import credit_invoice

LOCATION = OpenApiParameter(
    "Location",
    str,
    OpenApiParameter.HEADER,
    response=[201],
    description="Where the credit note is.",
)


class CreditNoteList(ApiView):
    required_scopes: ClassVar = {"GET": ("invoices:read",), "POST": ("invoices:submit",)}
    listing = CREDIT_NOTES
    repeatable = True
    problem_codes: ClassVar = {
        "POST": (
            "role-not-permitted",
            "action-not-granted",
            "invalid-transition",
            "duplicate-invoice",
            "totals-mismatch",
            "unit-not-allowed",
            "principal-mismatch",
        ),
    }

    @extend_schema(
        responses=CreditNoteListBody,
        operation_id="list_credit_notes",
        summary="List what was credited of an invoice, newest first",
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        invoice = visible_invoice(actor=actor_of(request), invoice_id=invoice_id, parts=False)

        def body(row: CreditNote) -> dict[str, Any]:
            return credit_note_body(row, invoice)

        return list_response(request, self.listing, credit_notes_of(invoice), body)

    @extend_schema(
        request=CreditNoteShape,
        responses={201: CreditNoteBody},
        operation_id="credit_invoice",
        parameters=[LOCATION],
        summary="Credit an invoice, whole or in part",
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        draft = credit_draft_of(read_body(request, CreditNoteShape))

        def invoice() -> Invoice:
            return visible_invoice(actor=actor, invoice_id=invoice_id, parts=False)

        write = Write(
            work=lambda key: credit_invoice(
                actor=actor,
                at=self.at,
                invoice_id=invoice_id,
                draft=draft,
                idempotency_key_sha256=key,
            ),
            gate=invoice,
            again=lambda found: credit_note_of(invoice(), found),
            render=lambda note: credit_note_body(note, note.invoice),
            reads="invoices:read",
            place=lambda note: credit_note_path(note, note.invoice),
        )
        return answer_write(request, once, write, at=self.at, status=201)


class CreditNoteDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("invoices:read",)}
    fieldset = CREDIT_NOTE

    @extend_schema(
        responses=CreditNoteBody, operation_id="get_credit_note", summary="Read one credit note"
    )
    def get(self, request: Request, invoice_id: str, credit_note_id: str) -> Response:
        invoice = visible_invoice(actor=actor_of(request), invoice_id=invoice_id, parts=False)
        note = credit_note_of(invoice, credit_note_id)
        return detail_response(
            request, self.fieldset, note, lambda row: credit_note_body(row, invoice)
        )
