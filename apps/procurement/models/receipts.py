"""What came of an order, and what turned out not to have: rows that are written once."""

import uuid

from django.db import models
from django.db.models import F, Q

from apps.core.models import AppendOnlyModel, Identified
from apps.oauth.models import TokenSession
from apps.partners.models import Partner
from apps.procurement.models.lines import PurchaseOrderLine
from apps.procurement.models.orders import PurchaseOrder
from apps.procurement.models.shipments import ShipmentNotice
from apps.projects.models import BuyerEntity, Project


class Receipt(Identified, AppendOnlyModel):
    """Goods of one order that were received, or the reversal of a receipt: a row with the same
    quantities below zero, so that a line's counters are always the sum of its rows.

    Triggers refuse UPDATE, DELETE and TRUNCATE. Entity, project and vendor are those of the order,
    which never change, so that lists need no join. ``receiver`` names who posted it.
    """

    id_prefix = "rcp"
    # Not columns, for rows are written once: selectors.receipts tells them.
    status: str
    revision: int
    reversed_by_id: uuid.UUID | None

    number = models.CharField(max_length=40)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="receipts")
    buyer_entity = models.ForeignKey(BuyerEntity, on_delete=models.PROTECT)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="receipts")
    vendor = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="receipts")
    shipment = models.ForeignKey(
        ShipmentNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="receipts"
    )
    reversal_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal"
    )
    order_revision = models.PositiveIntegerField(help_text="The order's revision that it made")
    receiver = models.CharField(max_length=100)
    note = models.TextField(blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Of a reversal")
    created_by_session = models.ForeignKey(
        TokenSession, on_delete=models.PROTECT, related_name="posted_receipts"
    )
    posted_at = models.DateTimeField()
    effective_at = models.DateTimeField(
        null=True, blank=True, help_text="When a reversal took effect outside, as was said"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["number", "buyer_entity"],
                name="procurement_receipt_number",
                violation_error_message="The buyer entity has a receipt with this number already.",
            ),
            models.CheckConstraint(
                condition=~Q(reversal_of=F("id")),
                name="procurement_receipt_reversal",
                violation_error_message="A receipt does not reverse itself.",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "-id"], name="procurement_receipt_order"),
            models.Index(fields=["project", "-id"], name="procurement_receipt_project"),
            models.Index(fields=["vendor", "-id"], name="procurement_receipt_vendor"),
            models.Index(fields=["posted_at", "id"], name="procurement_receipt_posted"),
        ]

    def __str__(self) -> str:
        return self.number


class ReceiptLine(AppendOnlyModel):
    """How much of an order's line came, and how much of that was turned away. Below zero in a
    reversal.
    """

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(
        PurchaseOrderLine, on_delete=models.PROTECT, related_name="receipt_lines"
    )
    quantity = models.DecimalField(max_digits=19, decimal_places=6)
    rejected = models.DecimalField(max_digits=19, decimal_places=6)
    reason = models.CharField(max_length=200, blank=True, help_text="Why some was turned away")

    class Meta:
        ordering = ["receipt_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "line"],
                name="procurement_receipt_line_once",
                violation_error_message="The receipt has this line already.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, rejected__gte=0, rejected__lte=F("quantity"))
                | Q(quantity__lt=0, rejected__lte=0, rejected__gte=F("quantity")),
                name="procurement_receipt_quantity",
                violation_error_message="At most what came is turned away.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"
