"""Differences between an invoice and what it was compared with."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.gateway.rest import (
    Write,
    actor_of,
    answer_write,
    detail_response,
    list_response,
    precondition_of,
    read_body,
    repeatable,
)
from apps.gateway.rest.views import ApiView
from apps.procurement.formats.match_exceptions import exception_body
from apps.procurement.models import MatchException
from apps.procurement.rest.act_examples import RESOLVED
from apps.procurement.rest.invoice_bodies import (
    EXCEPTION_OF,
    EXCEPTIONS,
    ExceptionBody,
    ExceptionListBody,
)
from apps.procurement.rest.invoices import ResolutionShape
from apps.procurement.selectors.invoices import exception_of, exceptions_of, visible_invoice
from apps.procurement.services import resolve_exception
from apps.procurement.states import Resolution


class ExceptionList(ApiView):
    required_scopes: ClassVar = {"GET": ("invoices:read",)}
    listing = EXCEPTIONS

    @extend_schema(
        responses=ExceptionListBody,
        operation_id="list_invoice_exceptions",
        summary="List in what an invoice does not match, newest first",
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        actor = actor_of(request)
        invoice = visible_invoice(actor=actor, invoice_id=invoice_id, parts=False)

        def body(row: MatchException) -> dict[str, Any]:
            return exception_body(row, invoice, actor)

        return list_response(request, self.listing, exceptions_of(invoice), body)


class ExceptionDetail(ApiView):
    required_scopes: ClassVar = {"GET": ("invoices:read",)}
    fieldset = EXCEPTION_OF

    @extend_schema(
        responses=ExceptionBody,
        operation_id="get_invoice_exception",
        summary="Read one difference",
    )
    def get(self, request: Request, invoice_id: str, exception_id: str) -> Response:
        actor = actor_of(request)
        invoice = visible_invoice(actor=actor, invoice_id=invoice_id, parts=False)
        exception = exception_of(invoice, exception_id)
        return detail_response(
            request, self.fieldset, exception, lambda row: exception_body(row, invoice, actor)
        )


class ExceptionResolve(ApiView):
    """If-Match names the exception's ETag."""

    required_scopes: ClassVar = {"POST": ("invoices:approve",)}
    repeatable = True
    conditional = True
    problem_codes: ClassVar = {
        "POST": (
            "role-not-permitted",
            "action-not-granted",
            "segregation-of-duties",
            "invalid-transition",
        ),
    }

    @extend_schema(
        request=ResolutionShape,
        responses={200: RESOLVED},
        operation_id="resolve_invoice_exception",
        summary="Accept a difference, or not",
    )
    def post(self, request: Request, invoice_id: str, exception_id: str) -> Response:
        actor, once = actor_of(request), repeatable(request)
        said = read_body(request, ResolutionShape)

        def read(found: str) -> MatchException:
            invoice = visible_invoice(actor=actor, invoice_id=invoice_id, parts=False)
            return exception_of(invoice, found)

        write = Write(
            work=lambda _key: resolve_exception(
                actor=actor,
                at=self.at,
                invoice_id=invoice_id,
                exception_id=exception_id,
                resolution=Resolution(said["resolution"]),
                precondition=precondition_of(request),
                note=said["note"],
            ),
            gate=lambda: read(exception_id),
            again=read,
            render=lambda exception: exception_body(exception, exception.invoice, actor),
            reads="invoices:read",
        )
        return answer_write(request, once, write, at=self.at)
