"""The lines of an order, and what is taken off or added to a line or the whole."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, QuerySet

from apps.procurement.models.orders import PurchaseOrder

ZERO = Decimal(0)


class StandingLines(models.Manager["PurchaseOrderLine"]):
    """Lines that the order has now; those that a change took away are left out."""

    def get_queryset(self) -> QuerySet["PurchaseOrderLine"]:
        return super().get_queryset().filter(removed_in__isnull=True)


class PurchaseOrderLine(models.Model):
    """One thing ordered. ``net`` is quantity times price per base quantity, less the line's
    allowances, plus its charges (Peppol's line rule).

    What was received, accepted and invoiced counts up and down with the documents that say so,
    under the lock of the order's row. A line that a change took away after issue stays, with the
    revision that removed it, for what refers to it; ``objects`` and ``order.lines`` leave it out.
    ``cost_allocations`` are policy.costs' documents, and no part of what the order says.
    """

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    line_no = models.PositiveIntegerField()
    description = models.CharField(max_length=500)
    item_ids = models.JSONField(default=list, blank=True, help_text='[{"scheme", "id"}]')
    category = models.CharField(max_length=40, blank=True)
    quantity = models.DecimalField(max_digits=19, decimal_places=6)
    uom = models.CharField(max_length=3, help_text="UN/ECE recommendation 20")
    unit_price = models.DecimalField(max_digits=19, decimal_places=4)
    price_base_quantity = models.DecimalField(max_digits=19, decimal_places=6)
    tax_category = models.CharField(max_length=2, help_text="UN/CEFACT 5305")
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4)
    need_by = models.DateField(null=True, blank=True)
    net = models.DecimalField(max_digits=19, decimal_places=4)
    quantity_received = models.DecimalField(max_digits=19, decimal_places=6, default=ZERO)
    quantity_accepted = models.DecimalField(max_digits=19, decimal_places=6, default=ZERO)
    quantity_invoiced = models.DecimalField(max_digits=19, decimal_places=6, default=ZERO)
    amount_invoiced = models.DecimalField(max_digits=19, decimal_places=4, default=ZERO)
    removed_in = models.PositiveIntegerField(null=True, blank=True)
    cost_allocations = models.JSONField(
        default=list, blank=True, help_text='[{"cost_center", "account", "share"}]'
    )

    objects = StandingLines()
    everything: ClassVar = models.Manager["PurchaseOrderLine"]()

    class Meta:
        ordering = ["order_id", "line_no"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity_received__gte=0),
                name="procurement_line_received",
                violation_error_message="What was received is not negative.",
            ),
            models.CheckConstraint(
                condition=Q(
                    quantity_accepted__gte=0, quantity_accepted__lte=F("quantity_received")
                ),
                name="procurement_line_accepted",
                violation_error_message="At most what was received is accepted.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_invoiced__gte=0, amount_invoiced__gte=0),
                name="procurement_line_invoiced",
                violation_error_message="What was invoiced is not negative.",
            ),
            models.UniqueConstraint(
                fields=["order", "line_no"],
                name="procurement_line_no",
                violation_error_message="The order has a line with this number already.",
            ),
            models.CheckConstraint(
                condition=Q(line_no__gt=0),
                name="procurement_line_no_positive",
                violation_error_message="Lines are numbered from 1.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="procurement_line_quantity",
                violation_error_message="A quantity is greater than zero.",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0),
                name="procurement_line_price",
                violation_error_message="A price is not negative.",
            ),
            models.CheckConstraint(
                condition=Q(price_base_quantity__gt=0),
                name="procurement_line_base_quantity",
                violation_error_message="A price is for more than nothing.",
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lte=100),
                name="procurement_line_tax_rate",
                violation_error_message="A tax rate is a percentage between 0 and 100.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} line {self.line_no}"


class AdjustmentKind(models.TextChoices):
    ALLOWANCE = "allowance"
    CHARGE = "charge"


class OrderAdjustment(models.Model):
    """Taken off (allowance) or added (charge). On the whole order it is taxed by itself; on a
    line it shares the line's tax.
    """

    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="adjustments")
    line = models.ForeignKey(
        PurchaseOrderLine,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="adjustments",
    )
    kind = models.CharField(max_length=10, choices=AdjustmentKind.choices)
    reason = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    tax_category = models.CharField(max_length=2, blank=True, help_text="UN/CEFACT 5305")
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["order_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=AdjustmentKind.values),
                name="procurement_adjustment_kind",
                violation_error_message="An adjustment is an allowance or a charge.",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0),
                name="procurement_adjustment_amount",
                violation_error_message="An allowance or charge is not negative.",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=True, tax_rate__isnull=False)
                | Q(line__isnull=False, tax_rate__isnull=True, tax_category=""),
                name="procurement_adjustment_tax",
                violation_error_message="Tax is named on the order's adjustments only.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
