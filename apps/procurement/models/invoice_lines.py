"""What an invoice claims, line by line and tax by tax, and what was credited of it."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from apps.procurement.models.invoices import Invoice
from apps.procurement.models.lines import PurchaseOrderLine

ZERO = Decimal(0)


class InvoiceLine(models.Model):
    """How much of an order's line is claimed, and for what. ``net`` follows from the rest, as an
    order line's does; what credit notes took back counts up beside it.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(
        PurchaseOrderLine, on_delete=models.PROTECT, related_name="invoice_lines"
    )
    quantity = models.DecimalField(max_digits=19, decimal_places=6)
    unit_price = models.DecimalField(max_digits=19, decimal_places=4)
    price_base_quantity = models.DecimalField(max_digits=19, decimal_places=6)
    allowances = models.JSONField(default=list, blank=True)
    charges = models.JSONField(default=list, blank=True)
    tax_category = models.CharField(max_length=2, help_text="UN/CEFACT 5305")
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    net = models.DecimalField(max_digits=19, decimal_places=4)
    quantity_credited = models.DecimalField(max_digits=19, decimal_places=6, default=ZERO)
    amount_credited = models.DecimalField(max_digits=19, decimal_places=4, default=ZERO)

    class Meta:
        ordering = ["invoice_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "line"],
                name="procurement_invoice_line_once",
                violation_error_message="The invoice has this line already.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gte=0, net__gte=0),
                name="procurement_invoice_line_amounts",
                violation_error_message="An invoice claims something, and nothing below zero.",
            ),
            models.CheckConstraint(
                condition=Q(price_base_quantity__gt=0),
                name="procurement_invoice_line_base",
                violation_error_message="A price is for more than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_credited__gte=0, quantity_credited__lte=F("quantity"))
                & Q(amount_credited__gte=0, amount_credited__lte=F("net")),
                name="procurement_invoice_line_credited",
                violation_error_message="At most what was invoiced is credited.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"

    @property
    def quantity_claimed(self) -> Decimal:
        """What is left of the quantity."""
        return self.quantity - self.quantity_credited

    @property
    def amount_claimed(self) -> Decimal:
        """What is left of the net."""
        return self.net - self.amount_credited


class InvoiceTax(models.Model):
    """The tax claimed on what is taxed alike (reference 2a: not per line)."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes")
    category = models.CharField(max_length=2, help_text="UN/CEFACT 5305")
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    taxable = models.DecimalField(max_digits=19, decimal_places=4)
    tax = models.DecimalField(max_digits=19, decimal_places=4)
    taxable_credited = models.DecimalField(max_digits=19, decimal_places=4, default=ZERO)
    tax_credited = models.DecimalField(max_digits=19, decimal_places=4, default=ZERO)

    class Meta:
        ordering = ["invoice_id", "category", "rate"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "category", "rate"],
                name="procurement_invoice_tax_once",
                violation_error_message="The invoice has this tax already.",
            ),
            models.CheckConstraint(
                condition=Q(taxable__gte=0, tax__gte=0, rate__gte=0, rate__lte=100),
                name="procurement_invoice_tax_amounts",
                violation_error_message="No tax is below zero, or above all it is on.",
            ),
            models.CheckConstraint(
                condition=Q(taxable_credited__gte=0, taxable_credited__lte=F("taxable"))
                & Q(tax_credited__gte=0, tax_credited__lte=F("tax")),
                name="procurement_invoice_tax_credited",
                violation_error_message="At most what was invoiced is credited.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rate}: {self.tax}"
