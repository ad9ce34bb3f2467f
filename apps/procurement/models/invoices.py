"""Invoices: what a vendor claims for an order, and what became of the claim."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear

from apps.core.models import Identified
from apps.oauth.models import TokenSession
from apps.partners.models import Partner, PartnerBankAccount
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.states import InvoiceStatus, InvoiceType
from apps.projects.models import BuyerEntity, Project


class Invoice(Identified):
    """What a vendor claims for one order, in its currency.

    ``number`` is ours, ``vendor_number`` the vendor's, which it may use once a year whatever case,
    spaces and signs it writes it with: ``normalized_number``. ``order_revision`` tells which of an
    order's invoices came first. Totals are computed here; ``credited_total`` is what credit notes
    take back, with tax. Entity, project and vendor are those of the order, so that lists need no
    join. ``revision`` counts whatever changes what is shown: moves, exceptions, credit notes.
    """

    id_prefix = "inv"

    number = models.CharField(max_length=40)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="invoices")
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="invoices")
    vendor = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="invoices")
    vendor_number = models.CharField(max_length=60)
    normalized_number = models.CharField(max_length=240)
    document_type = models.CharField(max_length=3, choices=InvoiceType.choices)
    status = models.CharField(
        max_length=10, choices=InvoiceStatus.choices, default=InvoiceStatus.RECEIVED
    )
    revision = models.PositiveIntegerField(default=1)
    order_revision = models.PositiveIntegerField(help_text="The order's revision that it made")
    issue_date = models.DateField()
    due_date = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    note = models.TextField(blank=True)
    bank_account = models.ForeignKey(
        PartnerBankAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invoices",
    )
    allowances = models.JSONField(default=list, blank=True)
    charges = models.JSONField(default=list, blank=True)
    lines_net = models.DecimalField(max_digits=19, decimal_places=4)
    allowances_total = models.DecimalField(max_digits=19, decimal_places=4)
    charges_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_exclusive = models.DecimalField(max_digits=19, decimal_places=4)
    tax_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_inclusive = models.DecimalField(max_digits=19, decimal_places=4)
    credited_exclusive = models.DecimalField(max_digits=19, decimal_places=4, default=Decimal(0))
    credited_total = models.DecimalField(max_digits=19, decimal_places=4, default=Decimal(0))
    created_by_session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="submitted_invoices"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    approved_by_session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="approved_invoices",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    rejected_by_session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rejected_invoices",
    )
    rejected_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.CharField(max_length=500, blank=True)
    paid_by_session = models.ForeignKey(
        TokenSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="paid_invoices",
    )
    paid_at = models.DateTimeField(null=True, blank=True)
    payment_reference = models.CharField(max_length=100, blank=True)
    paid_to = models.ForeignKey(
        PartnerBankAccount,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
    )
    paid_total = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "buyer_entity"],
                name="procurement_invoice_number",
                violation_error_message="The buyer entity has an invoice with this number already.",
            ),
            models.UniqueConstraint(
                F("vendor"),
                F("normalized_number"),
                F("document_type"),
                ExtractYear("issue_date"),
                name="procurement_invoice_once",
                violation_error_message="The vendor has used this number this year already.",
            ),
            models.UniqueConstraint(
                fields=["order", "order_revision"],
                name="procurement_invoice_turn",
                violation_error_message="The order has an invoice of this revision already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=InvoiceStatus.values, document_type__in=InvoiceType.values),
                name="procurement_invoice_status",
                violation_error_message="This is not an invoice's status or type.",
            ),
            models.CheckConstraint(
                condition=~Q(normalized_number=""),
                name="procurement_invoice_vendor_number",
                violation_error_message="A number has a letter or a digit.",
            ),
            models.CheckConstraint(
                condition=Q(lines_net__gte=0, tax_exclusive__gte=0, tax_inclusive__gte=0),
                name="procurement_invoice_totals",
                violation_error_message="The totals of an invoice are not negative.",
            ),
            models.CheckConstraint(
                condition=Q(
                    credited_exclusive__gte=0,
                    credited_exclusive__lte=F("tax_exclusive"),
                    credited_total__gte=0,
                    credited_total__lte=F("tax_inclusive"),
                ),
                name="procurement_invoice_credited",
                violation_error_message="At most what was invoiced is credited.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[InvoiceStatus.APPROVED, InvoiceStatus.PAID])
                | Q(approved_at__isnull=False, approved_by_session__isnull=False),
                name="procurement_invoice_approved",
                violation_error_message="What is approved or paid was approved by somebody.",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by_session=F("created_by_session")),
                name="procurement_invoice_duties",
                violation_error_message="No session approves what it submitted.",
            ),
            models.CheckConstraint(
                condition=~Q(status=InvoiceStatus.PAID)
                | Q(paid_at__isnull=False, paid_by_session__isnull=False),
                name="procurement_invoice_paid",
                violation_error_message="What is paid was paid by somebody.",
            ),
            models.CheckConstraint(
                condition=Q(paid_to__isnull=True, paid_total__isnull=True)
                | Q(paid_total__gte=0, paid_at__isnull=False),
                name="procurement_invoice_payment",
                violation_error_message="A payment has a sum and a time.",
            ),
            models.CheckConstraint(
                condition=~Q(status=InvoiceStatus.REJECTED)
                | (Q(rejected_at__isnull=False) & ~Q(rejection_reason="")),
                name="procurement_invoice_rejected",
                violation_error_message="What is rejected has a reason.",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "-id"], name="procurement_invoice_order"),
            models.Index(fields=["project", "-id"], name="procurement_invoice_project"),
            models.Index(fields=["vendor", "-id"], name="procurement_invoice_vendor"),
            models.Index(
                fields=["vendor", "issue_date", "tax_inclusive"],
                name="procurement_invoice_alike",
            ),
            # What waits for the buyer, which is counted on everybody's first page.
            models.Index(
                fields=["status"],
                condition=Q(
                    status__in=[
                        InvoiceStatus.MATCHED,
                        InvoiceStatus.EXCEPTION,
                        InvoiceStatus.APPROVED,
                    ]
                ),
                name="procurement_invoice_waiting",
            ),
            # What lists are sorted by, as in orders.
            models.Index(fields=["updated_at", "id"], name="procurement_invoice_updated"),
            models.Index(fields=["created_at", "id"], name="procurement_invoice_created"),
            models.Index(fields=["issue_date", "id"], name="procurement_invoice_issued"),
            models.Index(fields=["tax_inclusive", "id"], name="procurement_invoice_total"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def payable(self) -> Decimal:
        """What is left of it after credit notes, with tax; of a rejected one, nothing."""
        if self.status == InvoiceStatus.REJECTED:
            return Decimal(0)
        return self.tax_inclusive - self.credited_total

    @property
    def refundable(self) -> Decimal:
        """What was paid and credited afterwards, which the vendor owes back."""
        return Decimal(0) if self.paid_total is None else self.paid_total - self.payable
