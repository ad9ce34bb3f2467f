"""The order, its lines, and what is taken off or added to either."""

from django.db import models
from django.db.models import Q

from apps.core.models import Identified
from apps.oauth.models import TokenSession
from apps.partners.models import Partner
from apps.procurement.states import OrderStatus
from apps.projects.models import BuyerEntity, Project


class OrderSequence(models.Model):
    """The last number given in a buyer entity's year; its row is locked while one is taken."""

    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["buyer_entity", "year"],
                name="procurement_sequence_once",
                violation_error_message="The entity counts this year's orders already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.buyer_entity} {self.year}: {self.last}"


class PurchaseOrder(Identified):
    """An order of the buyer's to one vendor, for one project, in one currency.

    ``revision`` counts writes and is what the ETag shows. Totals are computed here, never taken
    from a client. ``tax_subtotals`` are the amounts per tax category and rate, as strings.
    """

    id_prefix = "po"

    number = models.CharField(max_length=40)
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="orders")
    vendor = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=20, choices=OrderStatus.choices, default=OrderStatus.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    buyer_hold = models.BooleanField(default=False)
    vendor_hold = models.BooleanField(default=False)
    compliance_hold = models.BooleanField(default=False)
    currency = models.CharField(max_length=3, help_text="ISO 4217")
    reference = models.CharField(max_length=100, blank=True, help_text="The buyer's own number")
    requested_delivery = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    lines_net = models.DecimalField(max_digits=19, decimal_places=4)
    allowances_total = models.DecimalField(max_digits=19, decimal_places=4)
    charges_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_exclusive = models.DecimalField(max_digits=19, decimal_places=4)
    tax_total = models.DecimalField(max_digits=19, decimal_places=4)
    tax_inclusive = models.DecimalField(max_digits=19, decimal_places=4)
    tax_subtotals = models.JSONField()
    created_by_session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="created_orders"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "buyer_entity"],
                name="procurement_order_number",
                violation_error_message="The buyer entity has an order with this number already.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values),
                name="procurement_order_status",
                violation_error_message="This is not an order's status.",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="procurement_order_currency",
                violation_error_message="A currency has three capital letters.",
            ),
            models.CheckConstraint(
                condition=Q(revision__gt=0),
                name="procurement_order_revision",
                violation_error_message="Revisions count from 1.",
            ),
            models.CheckConstraint(
                condition=Q(lines_net__gte=0, tax_exclusive__gte=0, tax_inclusive__gte=0),
                name="procurement_order_totals",
                violation_error_message="The totals of an order are not negative.",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "-id"], name="procurement_order_project"),
            models.Index(fields=["vendor", "-id"], name="procurement_order_vendor"),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseOrderLine(models.Model):
    """One thing ordered. ``net`` is quantity times price per base quantity, less the line's
    allowances, plus its charges (Peppol's line rule).
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

    class Meta:
        ordering = ["order_id", "line_no"]
        constraints = [
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
