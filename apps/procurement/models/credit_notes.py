"""Credit notes: what a vendor takes back of an invoice. Written once."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear

from apps.core.models import AppendOnlyModel, Identified
from apps.oauth.models import TokenSession
from apps.partners.models import Partner
from apps.procurement.models.invoice_lines import InvoiceLine
from apps.procurement.models.invoices import Invoice
from apps.projects.models import BuyerEntity


class CreditNote(Identified, AppendOnlyModel):
    """UNTDID 1001's 381, against one invoice, of the whole that is left or of part. Triggers
    refuse UPDATE, DELETE and TRUNCATE. Amounts are of what is taken back, above zero.
    """

    id_prefix = "crn"
    revision = 1  # Written once.

    number = models.CharField(max_length=40)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    vendor = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="credit_notes")
    vendor_number = models.CharField(max_length=60)
    normalized_number = models.CharField(max_length=240)
    issue_date = models.DateField()
    reason = models.CharField(max_length=500)
    whole = models.BooleanField()
    invoice_revision = models.PositiveIntegerField(help_text="The invoice's revision that it made")
    lines_net = models.DecimalField(max_digits=19, decimal_places=4)
    tax_exclusive = models.DecimalField(max_digits=19, decimal_places=4)
    tax_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_inclusive = models.DecimalField(max_digits=19, decimal_places=4)
    refundable = models.DecimalField(
        max_digits=19,
        decimal_places=4,
        default=Decimal(0),
        help_text="All of it where the invoice was paid before",
    )
    created_by_session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="submitted_credit_notes"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "buyer_entity"],
                name="procurement_credit_note_number",
                violation_error_message="The buyer entity has a credit note with this number.",
            ),
            models.UniqueConstraint(
                F("vendor"),
                F("normalized_number"),
                ExtractYear("issue_date"),
                name="procurement_credit_note_once",
                violation_error_message="The vendor has used this number this year already.",
            ),
            models.CheckConstraint(
                condition=~Q(normalized_number=""),
                name="procurement_credit_note_vendor_number",
                violation_error_message="A number has a letter or a digit.",
            ),
            models.CheckConstraint(
                condition=Q(lines_net__gte=0, tax_exclusive__gte=0, tax_inclusive__gte=0),
                name="procurement_credit_note_totals",
                violation_error_message="What is taken back is not negative.",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(AppendOnlyModel):
    """How much of an invoice's line is taken back: pieces, money, or both."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credits")
    quantity = models.DecimalField(max_digits=19, decimal_places=6)
    net = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        ordering = ["credit_note_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_note", "line"],
                name="procurement_credit_line_once",
                violation_error_message="The credit note has this line already.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, net__gte=0),
                name="procurement_credit_line_amounts",
                violation_error_message="What is taken back is not negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class CreditNoteTax(AppendOnlyModel):
    """The tax taken back, per category and rate."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="taxes")
    category = models.CharField(max_length=2, help_text="UN/CEFACT 5305")
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    taxable = models.DecimalField(max_digits=19, decimal_places=4)
    tax = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        ordering = ["credit_note_id", "category", "rate"]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_note", "category", "rate"],
                name="procurement_credit_tax_once",
                violation_error_message="The credit note has this tax already.",
            ),
            models.CheckConstraint(
                condition=Q(taxable__gte=0, tax__gte=0),
                name="procurement_credit_tax_amounts",
                violation_error_message="What is taken back is not negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rate}: {self.tax}"
