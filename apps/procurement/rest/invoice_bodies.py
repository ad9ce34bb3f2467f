"""The shapes of invoices and exceptions as they are shown, and what their lists take."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from apps.gateway.rest import Fieldset, Listing, PageBody, filters
from apps.partners.models import Partner
from apps.partners.selectors.companies import companies_known_to
from apps.procurement.models import Invoice, PurchaseOrder
from apps.procurement.rest.bodies import TotalsBody
from apps.procurement.rest.credit_notes import CreditNoteBody
from apps.procurement.rest.fields import Money, Quantity
from apps.procurement.rest.invoice_examples import EXCEPTION, SUBMITTED
from apps.procurement.rest.invoices import InvoicedLineShape, InvoiceShape
from apps.procurement.selectors.known import invoices_known_to
from apps.procurement.selectors.orders import orders_known_to
from apps.procurement.states import (
    ExceptionKind,
    ExceptionPart,
    InvoiceStatus,
    InvoiceType,
    Resolution,
)
from apps.projects.models import Project
from apps.projects.selectors.visible import projects_known_to

Shape = serializers.Serializer[Any]


class InvoicedLineBody(InvoicedLineShape):
    """A line with what was credited of it."""

    closed = False
    quantity_credited = Quantity()
    amount_credited = Money()


class BriefExceptionBody(Shape):
    """In what the invoice differs."""

    id = serializers.CharField()
    line_no = serializers.IntegerField(allow_null=True, help_text="Empty where it is the whole")
    kind = serializers.ChoiceField(choices=ExceptionKind.choices)
    part = serializers.ChoiceField(
        choices=ExceptionPart.choices, help_text="Of a line, or of what stands beside the lines"
    )
    expected = serializers.CharField(allow_blank=True)
    actual = serializers.CharField()
    resolution = serializers.ChoiceField(choices=Resolution.choices, allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("Open", value=EXCEPTION, response_only=True)])
class ExceptionBody(BriefExceptionBody):
    """One difference, and what was said to it. Its ETag goes into If-Match to resolve it."""

    invoice = serializers.CharField()
    revision = serializers.IntegerField()
    allowed = serializers.CharField(
        allow_blank=True,
        required=False,
        help_text="What the tolerance lets pass; shown to the buyer's side",
    )
    note = serializers.CharField(
        allow_blank=True, required=False, help_text="Shown to the buyer's side"
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(
    examples=[OpenApiExample("Submitted", value=SUBMITTED, response_only=True)]
)
class InvoiceBody(InvoiceShape):
    """An invoice. ``credited`` is what credit notes took back, ``payable`` what is left (nothing
    of a rejected one), ``refundable`` what was paid and credited since, all with tax. ``links``
    names what may be done next, as far as its status goes.
    """

    closed = False
    id = serializers.CharField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=InvoiceStatus.choices)
    revision = serializers.IntegerField()
    project = serializers.CharField()
    lines = InvoicedLineBody(many=True)
    totals = TotalsBody()
    credited = Money()
    payable = Money()
    refundable = Money()
    exceptions = BriefExceptionBody(many=True)
    rejection_reason = serializers.CharField(allow_blank=True)
    payment_reference = serializers.CharField(allow_blank=True)
    paid_to = serializers.CharField(allow_null=True, help_text="The account that was paid to")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    rejected_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    links = serializers.DictField(child=serializers.CharField())


@extend_schema_serializer(many=False)
class InvoiceListBody(Shape):
    data = InvoiceBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


@extend_schema_serializer(many=False)
class ExceptionListBody(Shape):
    data = ExceptionBody(many=True)  # type: ignore[assignment]  # DRF takes it out of the class
    page = PageBody()


INVOICE = Fieldset(InvoiceBody)
INVOICES = Listing(
    InvoiceBody,
    filters={
        "id": filters.public_id("pk", Invoice.id_prefix, gate=invoices_known_to),
        "status": filters.choice("status", InvoiceStatus.values),
        "type": filters.choice("document_type", InvoiceType.values),
        "number": filters.text("number"),
        "vendor_number": filters.text("vendor_number"),
        "purchase_order": filters.public_id(
            "order_id", PurchaseOrder.id_prefix, gate=orders_known_to
        ),
        "project": filters.public_id("project_id", Project.id_prefix, gate=projects_known_to),
        "vendor": filters.public_id("vendor_id", Partner.id_prefix, gate=companies_known_to),
        "currency": filters.text("currency"),
        "tax_inclusive": filters.decimal("tax_inclusive"),
        "issue_date": filters.day("issue_date"),
        "due_date": filters.day("due_date", nullable=True),
        "created_at": filters.instant("created_at"),
        "updated_at": filters.instant("updated_at"),
        "paid_at": filters.instant("paid_at", nullable=True),
    },
    sorts={
        "created_at": "created_at",
        "updated_at": "updated_at",
        "issue_date": "issue_date",
        "number": "number",
        "tax_inclusive": "tax_inclusive",
    },
    parts={
        "lines": ("lines", "exceptions"),
        "taxes": ("totals",),
        "exceptions": ("exceptions",),
    },
)
EXCEPTION_OF = Fieldset(ExceptionBody)
EXCEPTIONS = Listing(
    ExceptionBody,
    filters={
        "kind": filters.choice("kind", ExceptionKind.values),
        "resolution": filters.choice("resolution", Resolution.values),
        "created_at": filters.instant("created_at"),
        "updated_at": filters.instant("updated_at"),
        "resolved_at": filters.instant("resolved_at", nullable=True),
    },
    sorts={"created_at": "created_at", "updated_at": "updated_at"},
)
CREDIT_NOTE = Fieldset(CreditNoteBody)
CREDIT_NOTES = Listing(
    CreditNoteBody,
    filters={
        "number": filters.text("number"),
        "vendor_number": filters.text("vendor_number"),
        "issue_date": filters.day("issue_date"),
        "created_at": filters.instant("created_at"),
    },
    sorts={"created_at": "created_at", "number": "number"},
    parts={"lines": ("lines",), "taxes": ("totals",)},
)
